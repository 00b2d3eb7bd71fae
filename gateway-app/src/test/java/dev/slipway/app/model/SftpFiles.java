package dev.slipway.app.model;

import dev.slipway.testing.Sockets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.schmizz.sshj.DefaultConfig;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.sftp.FileAttributes;
import net.schmizz.sshj.sftp.FileMode;
import net.schmizz.sshj.sftp.OpenMode;
import net.schmizz.sshj.sftp.PacketType;
import net.schmizz.sshj.sftp.RemoteFile;
import net.schmizz.sshj.sftp.RemoteResourceFilter;
import net.schmizz.sshj.sftp.RemoteResourceInfo;
import net.schmizz.sshj.sftp.RenameFlags;
import net.schmizz.sshj.sftp.Request;
import net.schmizz.sshj.sftp.Response;
import net.schmizz.sshj.sftp.SFTPEngine;
import net.schmizz.sshj.sftp.SFTPException;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;
import org.jspecify.annotations.Nullable;

/** SFTP by sshj. */
final class SftpFiles implements FileClient {
    private static final int UNCONFIRMED = 16;
    private static final DefaultConfig CONFIG = new DefaultConfig();

    private final Site site;
    private @Nullable SSHClient ssh;
    private @Nullable SFTPEngine sftp;

    SftpFiles(Site site) {
        this.site = site;
    }

    private SFTPEngine engine() throws IOException {
        SFTPEngine present = sftp;
        if (present != null) {
            return present;
        }
        SSHClient client = new SSHClient(CONFIG);
        ssh = client;
        client.addHostKeyVerifier(new PromiscuousVerifier());
        client.setConnectTimeout(Site.TIMEOUT_MILLIS);
        client.setTimeout(Site.TIMEOUT_MILLIS);
        client.connect("127.0.0.1", site.host().sftpPort());
        client.authPassword(Site.USER, Site.PASSWORD);
        SFTPEngine connected = new SFTPEngine(client);
        connected.setTimeoutMs(Site.TIMEOUT_MILLIS);
        connected.init();
        sftp = connected;
        return connected;
    }

    @Override
    public String perform(Step step, byte[] content, Disturbance disturbance) throws IOException, RefusedException {
        try {
            return answer(step, content, disturbance);
        } catch (SFTPException e) {
            if (e.getStatusCode() == Response.StatusCode.UNKNOWN) {
                throw e;
            }
            throw new RefusedException(e.getStatusCode().getCode(), String.valueOf(e.getMessage()));
        }
    }

    private String answer(Step step, byte[] content, Disturbance disturbance) throws IOException {
        SFTPEngine engine = engine();
        String path = step.path();
        switch (step.verb()) {
            case PUT -> upload(path, EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.TRUNC), content);
            case PUT_NEW -> upload(path, EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.EXCL), content);
            case RESUME -> upload(path, EnumSet.of(OpenMode.WRITE, OpenMode.CREAT), content);
            case CUT, CUT_BY_RESTART -> {
                Set<OpenMode> mode = EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.TRUNC);
                return cut(path, mode, content, disturbance);
            }
            case CUT_NEW -> {
                Set<OpenMode> mode = EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.EXCL);
                return cut(path, mode, content, disturbance);
            }
            case RESUME_CUT -> {
                return cut(path, EnumSet.of(OpenMode.WRITE, OpenMode.CREAT), content, disturbance);
            }
            case GET -> {
                return Answers.bytes(download(path, 0));
            }
            case GET_FROM -> {
                return Answers.bytes(download(path, step.number()));
            }
            case STAT -> {
                return describe(engine.stat(path));
            }
            case LIST -> {
                return list(path);
            }
            case MKDIR -> engine.makeDir(path);
            case RMDIR -> engine.removeDir(path);
            case DELETE -> engine.remove(path);
            case RENAME -> engine.rename(path, step.target(), EnumSet.noneOf(RenameFlags.class));
            case REPLACE ->
                okay(engine.newExtendedRequest("posix-rename@openssh.com")
                        .putString(path, StandardCharsets.UTF_8)
                        .putString(step.target(), StandardCharsets.UTF_8));
            case TOUCH ->
                engine.setAttributes(
                        path,
                        new FileAttributes.Builder()
                                .withAtimeMtime(step.number(), step.number())
                                .build());
            case COPY, COPY_NEW ->
                okay(engine.newExtendedRequest("copy-file")
                        .putString(path, StandardCharsets.UTF_8)
                        .putString(step.target(), StandardCharsets.UTF_8)
                        .putBoolean(step.verb() == Verb.COPY));
            case COPY_DATA -> copyData(path, step.target());
            case CHECKSUM -> {
                Response response = engine.request(engine.newExtendedRequest("check-file-name")
                                .putString(path, StandardCharsets.UTF_8)
                                .putString("sha256")
                                .putUInt64(0)
                                .putUInt64(0)
                                .putUInt32(0))
                        .retrieve(Site.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
                response.ensurePacketTypeIs(PacketType.EXTENDED_REPLY);
                try {
                    String algorithm = response.readString();
                    byte[] digest = new byte[response.available()];
                    response.readRawBytes(digest);
                    return algorithm + " " + HexFormat.of().formatHex(digest);
                } catch (Buffer.BufferException e) {
                    throw new IOException(e);
                }
            }
            case SIZE, TIME, ABORT, RESUME_AT, RECONNECT, RESTART, HICCUP, OUTAGE ->
                throw new IllegalArgumentException(step.toString());
        }
        return Answers.OK;
    }

    private void okay(Request request) throws IOException {
        Response response = engine().request(request).retrieve(Site.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        response.ensureStatusPacketIsOK();
    }

    private static void write(RemoteFile file, long offset, byte[] content) throws IOException {
        OutputStream output = file.new RemoteFileOutputStream(offset, UNCONFIRMED);
        int block = 32 * 1024;
        for (int at = 0; at < content.length; at += block) {
            output.write(content, at, Math.min(block, content.length - at));
        }
        // Waits for the answers; closing would do no more.
        output.flush();
    }

    /** An open file whose handle can be used in requests that sshj does not support. */
    private static final class OpenFile extends RemoteFile {
        private OpenFile(SFTPEngine engine, String path, byte[] handle) {
            super(engine, path, handle);
        }

        private byte[] handle() {
            return handle;
        }
    }

    private OpenFile open(String path, Set<OpenMode> mode) throws IOException {
        SFTPEngine engine = engine();
        Response response = engine.request(engine.newRequest(PacketType.OPEN)
                        .putString(path, StandardCharsets.UTF_8)
                        .putUInt32(OpenMode.toMask(mode))
                        .putRawBytes(FileAttributes.EMPTY.toBytes()))
                .retrieve(Site.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        try {
            byte[] handle = response.ensurePacketTypeIs(PacketType.HANDLE).readBytes();
            return new OpenFile(engine, path, handle);
        } catch (Buffer.BufferException e) {
            throw new IOException(e);
        }
    }

    /** The offset at which a resuming client writes: the size that its handle reports. */
    private static long end(RemoteFile file, Set<OpenMode> mode) throws IOException {
        return mode.contains(OpenMode.TRUNC) || mode.contains(OpenMode.EXCL) ? 0 : file.length();
    }

    private void upload(String path, Set<OpenMode> mode, byte[] content) throws IOException {
        RemoteFile file = open(path, mode);
        SFTPException refused = null;
        try {
            write(file, end(file, mode), content);
        } catch (SFTPException e) {
            refused = e;
        }
        try {
            file.close();
        } catch (SFTPException e) {
            throw refused == null ? e : refused;
        }
        if (refused != null) {
            throw new IOException("a write was refused, and yet the file was stored", refused);
        }
    }

    private String cut(String path, Set<OpenMode> mode, byte[] content, Disturbance disturbance) throws IOException {
        RemoteFile file = open(path, mode);
        write(file, end(file, mode), content);
        disturbance.run();
        drop();
        return Answers.CUT;
    }

    private byte[] download(String path, int offset) throws IOException {
        try (RemoteFile file = open(path, EnumSet.of(OpenMode.READ));
                InputStream input = file.new ReadAheadRemoteFileInputStream(UNCONFIRMED, offset)) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            input.transferTo(content);
            return content.toByteArray();
        }
    }

    private String list(String path) throws IOException {
        List<String> entries = new ArrayList<>();
        try (var directory = engine().openDir(path)) {
            for (RemoteResourceInfo entry : directory.scan((RemoteResourceFilter) _ -> true)) {
                entries.add(Answers.entry(entry.getName(), describe(entry.getAttributes())));
            }
        }
        return Answers.listing(entries);
    }

    private static String describe(FileAttributes attributes) {
        String time = Answers.time(
                attributes.has(FileAttributes.Flag.ACMODTIME)
                        ? OptionalLong.of(attributes.getMtime())
                        : OptionalLong.empty());
        return attributes.getType() == FileMode.Type.DIRECTORY
                ? Answers.directory(time)
                : Answers.file(attributes.getSize(), time);
    }

    /** As OpenSSH's client does for {@code cp}: it closes the file even after a failed copy. */
    private void copyData(String from, String to) throws IOException {
        try (OpenFile source = open(from, EnumSet.of(OpenMode.READ))) {
            OpenFile target = open(to, EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.TRUNC));
            SFTPException refused = null;
            try {
                okay(engine().newExtendedRequest("copy-data")
                        .putString(source.handle())
                        .putUInt64(0)
                        .putUInt64(0)
                        .putString(target.handle())
                        .putUInt64(0));
            } catch (SFTPException e) {
                refused = e;
            }
            try {
                target.close();
            } catch (SFTPException e) {
                throw refused == null ? e : refused;
            }
            if (refused != null) {
                throw new IOException("the copy was refused, and yet the file was stored", refused);
            }
        }
    }

    @Override
    public void drop() {
        SSHClient client = ssh;
        ssh = null;
        sftp = null;
        if (client != null) {
            Socket socket = client.getSocket();
            Sockets.drop(socket);
            Sockets.quietly(client::disconnect);
        }
    }

    @Override
    public void close() {
        SSHClient client = ssh;
        ssh = null;
        sftp = null;
        if (client != null) {
            Sockets.quietly(client::disconnect);
        }
    }
}

package dev.slipway.conformance;

import dev.slipway.testing.Sockets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
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
import net.schmizz.sshj.sftp.Request;
import net.schmizz.sshj.sftp.Response;
import net.schmizz.sshj.sftp.Response.StatusCode;
import net.schmizz.sshj.sftp.SFTPEngine;
import net.schmizz.sshj.sftp.SFTPException;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;
import net.schmizz.sshj.userauth.UserAuthException;
import org.jspecify.annotations.Nullable;

/** SFTP by sshj. */
final class SftpClient implements FileClient {
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final int BLOCK = 32 * 1024;
    private static final int UNCONFIRMED = 16;
    private static final DefaultConfig CONFIG = new DefaultConfig();

    private final IntSupplier port;
    private final Login login;
    // Another thread may cut the connection.
    private volatile @Nullable SSHClient ssh;
    private volatile @Nullable SFTPEngine sftp;

    /** @param port called for each login: a restarted gateway may have another port */
    SftpClient(IntSupplier port, Login login) {
        this.port = port;
        this.login = login;
    }

    private interface Operation<T> {
        T run(SFTPEngine engine) throws IOException;
    }

    /** Distinguishes refusals from missing answers. */
    private <T> T ask(Operation<T> operation) throws IOException, RefusedException {
        try {
            return operation.run(engine());
        } catch (SFTPException e) {
            if (e.getStatusCode() == StatusCode.UNKNOWN) {
                throw e;
            }
            throw new RefusedException(e.getStatusCode() + ": " + e.getMessage());
        } catch (IllegalArgumentException e) {
            // Closing a file after its connection throws the same exception object that reading it threw. Java refuses
            // to add an exception to itself.
            if (e.getCause() instanceof IOException lost) {
                throw lost;
            }
            throw e;
        }
    }

    private SFTPEngine engine() throws IOException, RefusedException {
        connect();
        SFTPEngine engine = sftp;
        if (engine == null) {
            throw new IOException("not connected");
        }
        return engine;
    }

    @Override
    public void connect() throws IOException, RefusedException {
        if (sftp != null) {
            return;
        }
        SSHClient client = new SSHClient(CONFIG);
        ssh = client;
        client.addHostKeyVerifier(new PromiscuousVerifier());
        client.setConnectTimeout(TIMEOUT_MILLIS);
        client.setTimeout(TIMEOUT_MILLIS);
        client.connect("127.0.0.1", port.getAsInt());
        try {
            client.authPassword(login.user(), login.password());
        } catch (UserAuthException e) {
            if (!client.isConnected()) {
                throw e;
            }
            throw new RefusedException("login: " + e.getMessage());
        }
        SFTPEngine engine = new SFTPEngine(client);
        engine.setTimeoutMs(TIMEOUT_MILLIS);
        engine.init();
        sftp = engine;
    }

    /** An open file whose handle can be used in requests that sshj does not support. */
    private static final class OpenFile extends RemoteFile {
        private OpenFile(SFTPEngine engine, String path, byte[] handle) {
            super(engine, path, handle);
        }

        /** Sends CLOSE without waiting for the answer. */
        private void closeUnheard() throws IOException {
            requester.request(requester.newRequest(PacketType.CLOSE).putString(handle));
        }
    }

    private static OpenFile open(SFTPEngine engine, String path, Set<OpenMode> mode) throws IOException {
        Response response = answer(
                engine,
                engine.newRequest(PacketType.OPEN)
                        .putString(path, StandardCharsets.UTF_8)
                        .putUInt32(OpenMode.toMask(mode))
                        .putRawBytes(FileAttributes.EMPTY.toBytes()));
        try {
            return new OpenFile(
                    engine, path, response.ensurePacketTypeIs(PacketType.HANDLE).readBytes());
        } catch (Buffer.BufferException e) {
            throw new IOException(e);
        }
    }

    private static Response answer(SFTPEngine engine, Request request) throws IOException {
        return engine.request(request).retrieve(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void upload(String path, byte[] content, Upload how) throws IOException, RefusedException {
        Set<OpenMode> mode = EnumSet.of(OpenMode.WRITE, OpenMode.CREAT);
        switch (how.mode()) {
            case REPLACE -> {
                if (how.start() == 0) {
                    mode.add(OpenMode.TRUNC);
                }
            }
            case NEW -> mode.add(OpenMode.EXCL);
            case APPEND -> {}
        }
        ask(engine -> {
            OpenFile file = open(engine, path, mode);
            long start = how.mode() == Upload.Mode.APPEND ? file.length() : how.start();
            SFTPException refused = null;
            try {
                boolean within = how.cut() == Upload.Cut.WITHIN;
                write(file, start, content, within ? how.cutAt() : content.length);
                if (within) {
                    drop();
                    throw new IOException("cut by the client");
                }
                if (how.cut() == Upload.Cut.BEFORE_ANSWER) {
                    file.closeUnheard();
                    drop();
                    throw new IOException("cut by the client before the answer");
                }
            } catch (SFTPException e) {
                refused = e;
            }
            try {
                file.close();
            } catch (SFTPException e) {
                throw refused == null ? e : refused;
            }
            if (refused != null) {
                throw new IllegalStateException("a write was refused, and yet the file was stored: " + path, refused);
            }
            return file;
        });
    }

    private static void write(RemoteFile file, long start, byte[] content, int length) throws IOException {
        OutputStream output = file.new RemoteFileOutputStream(start, UNCONFIRMED);
        for (int at = 0; at < length; at += BLOCK) {
            output.write(content, at, Math.min(BLOCK, length - at));
        }
        // Waits for the answers; closing would do no more.
        output.flush();
    }

    @Override
    public byte[] download(String path) throws IOException, RefusedException {
        return ask(engine -> {
            try (RemoteFile file = open(engine, path, EnumSet.of(OpenMode.READ));
                    InputStream input = file.new ReadAheadRemoteFileInputStream(UNCONFIRMED)) {
                ByteArrayOutputStream content = new ByteArrayOutputStream();
                input.transferTo(content);
                return content.toByteArray();
            }
        });
    }

    @Override
    public Optional<Entry> stat(String path) throws IOException, RefusedException {
        return ask(engine -> {
            try {
                return Optional.of(entry(engine.stat(path)));
            } catch (SFTPException e) {
                if (e.getStatusCode() == StatusCode.NO_SUCH_FILE) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    private static Entry entry(FileAttributes attributes) {
        return new Entry(attributes.getType() == FileMode.Type.DIRECTORY, attributes.getSize());
    }

    @Override
    public Map<String, Entry> list(String path) throws IOException, RefusedException {
        return ask(engine -> {
            Map<String, Entry> entries = new HashMap<>();
            try (var directory = engine.openDir(path)) {
                for (RemoteResourceInfo info : directory.scan((RemoteResourceFilter) _ -> true)) {
                    entries.put(info.getName(), entry(info.getAttributes()));
                }
            }
            return entries;
        });
    }

    @Override
    public void mkdir(String path) throws IOException, RefusedException {
        ask(engine -> {
            engine.makeDir(path);
            return path;
        });
    }

    @Override
    public void rmdir(String path) throws IOException, RefusedException {
        ask(engine -> {
            engine.removeDir(path);
            return path;
        });
    }

    @Override
    public void delete(String path) throws IOException, RefusedException {
        ask(engine -> {
            engine.remove(path);
            return path;
        });
    }

    @Override
    public void rename(String from, String to) throws IOException, RefusedException {
        ask(engine -> {
            answer(
                            engine,
                            engine.newExtendedRequest("posix-rename@openssh.com")
                                    .putString(from, StandardCharsets.UTF_8)
                                    .putString(to, StandardCharsets.UTF_8))
                    .ensureStatusPacketIsOK();
            return to;
        });
    }

    @Override
    public void drop() {
        SSHClient client = forget();
        if (client != null) {
            if (client.getSocket() != null) {
                Sockets.drop(client.getSocket());
            }
            Sockets.quietly(client::disconnect);
        }
    }

    @Override
    public void close() {
        SSHClient client = forget();
        if (client != null) {
            Sockets.quietly(client::disconnect);
        }
    }

    private @Nullable SSHClient forget() {
        SSHClient client = ssh;
        ssh = null;
        sftp = null;
        return client;
    }

    @Override
    public String toString() {
        return "SFTP";
    }
}

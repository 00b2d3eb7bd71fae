package dev.slipway.conformance;

import dev.slipway.testing.RawFtpsClient;
import dev.slipway.testing.Sockets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPReply;
import org.apache.commons.net.ftp.parser.MLSxEntryParser;
import org.jspecify.annotations.Nullable;

/** FTP with explicit TLS by Apache Commons Net. */
final class FtpsClient implements FileClient {
    private static final int TIMEOUT_MILLIS = 60_000;

    private final IntSupplier port;
    private final Login login;
    // Another thread may cut the connection.
    private volatile @Nullable RawFtpsClient ftp;

    /** @param port called for each login: a restarted gateway may have another port */
    FtpsClient(IntSupplier port, Login login) {
        this.port = port;
        this.login = login;
    }

    private RawFtpsClient client() throws IOException, RefusedException {
        connect();
        RawFtpsClient client = ftp;
        if (client == null) {
            throw new IOException("not connected");
        }
        return client;
    }

    @Override
    public void connect() throws IOException, RefusedException {
        if (ftp != null) {
            return;
        }
        RawFtpsClient client = new RawFtpsClient();
        boolean connected = false;
        try {
            client.connect(InetAddress.getLoopbackAddress(), port.getAsInt());
            client.setSoTimeout(TIMEOUT_MILLIS);
            if (!client.login(login.user(), login.password())) {
                throw new RefusedException("login: " + client.getReplyString().strip());
            }
            client.execPBSZ(0);
            client.execPROT("P");
            client.setFileType(FTP.BINARY_FILE_TYPE);
            ftp = client;
            connected = true;
        } finally {
            if (!connected) {
                client.drop();
            }
        }
    }

    private static void require(RawFtpsClient client, int code) throws IOException, RefusedException {
        if (code == FTPReply.SERVICE_NOT_AVAILABLE) {
            throw new IOException(client.getReplyString().strip());
        }
        if (!FTPReply.isPositiveCompletion(code) && !FTPReply.isPositiveIntermediate(code)) {
            throw new RefusedException(client.getReplyString().strip());
        }
    }

    private static RefusedException refusal(RawFtpsClient client) throws IOException, RefusedException {
        require(client, client.getReplyCode());
        throw new IOException(
                "no data connection after " + client.getReplyString().strip());
    }

    @Override
    public void upload(String path, byte[] content, Upload how) throws IOException, RefusedException {
        RawFtpsClient client = client();
        if (how.mode() == Upload.Mode.NEW) {
            throw new IllegalArgumentException("FTP has no way to say so");
        }
        if (how.start() > 0) {
            require(client, client.rest(Long.toString(how.start())));
        }
        OutputStream output = client.store(how.mode() == Upload.Mode.APPEND ? "APPE" : "STOR", path);
        if (output == null) {
            throw refusal(client);
        }
        try {
            boolean within = how.cut() == Upload.Cut.WITHIN;
            output.write(content, 0, within ? how.cutAt() : content.length);
            output.flush();
            if (within) {
                Sockets.drop(client.data());
                drop();
                throw new CutException("cut by the client");
            }
            // Ends the TLS session, which tells the gateway that the file is complete.
            output.close();
            if (how.cut() == Upload.Cut.BEFORE_ANSWER) {
                drop();
                throw new CutException("cut by the client before the answer");
            }
        } catch (CutException e) {
            throw e;
        } catch (IOException e) {
            // The reply says why.
            Sockets.quietly(client.data()::close);
        }
        require(client, client.getReply());
    }

    /** The client itself has cut its connection. */
    private static final class CutException extends IOException {
        private static final long serialVersionUID = 1;

        private CutException(String message) {
            super(message);
        }
    }

    @Override
    public byte[] download(String path) throws IOException, RefusedException {
        RawFtpsClient client = client();
        InputStream input = client.retrieve(path);
        if (input == null) {
            throw refusal(client);
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (input) {
            input.transferTo(content);
        } catch (IOException e) {
            // The reply says why.
            Sockets.quietly(client.data()::close);
        }
        require(client, client.getReply());
        return content.toByteArray();
    }

    @Override
    public Optional<Entry> stat(String path) throws IOException, RefusedException {
        RawFtpsClient client = client();
        int code = client.sendCommand("MLST", path);
        if (code == FTPReply.FILE_UNAVAILABLE) {
            return Optional.empty();
        }
        require(client, code);
        return Optional.of(entry(MLSxEntryParser.parseEntry(client.getReplyStrings()[1].substring(1))));
    }

    private static Entry entry(FTPFile file) {
        return new Entry(file.isDirectory(), file.getSize());
    }

    @Override
    public Map<String, Entry> list(String path) throws IOException, RefusedException {
        RawFtpsClient client = client();
        Map<String, Entry> entries = new HashMap<>();
        FTPFile[] files = client.mlistDir(path);
        require(client, client.getReplyCode());
        for (FTPFile file : files) {
            entries.put(file.getName(), entry(file));
        }
        return entries;
    }

    @Override
    public void mkdir(String path) throws IOException, RefusedException {
        RawFtpsClient client = client();
        require(client, client.mkd(path));
    }

    @Override
    public void rmdir(String path) throws IOException, RefusedException {
        RawFtpsClient client = client();
        require(client, client.rmd(path));
    }

    @Override
    public void delete(String path) throws IOException, RefusedException {
        RawFtpsClient client = client();
        require(client, client.dele(path));
    }

    @Override
    public void rename(String from, String to) throws IOException, RefusedException {
        RawFtpsClient client = client();
        require(client, client.rnfr(from));
        require(client, client.rnto(to));
    }

    @Override
    public void drop() {
        RawFtpsClient client = ftp;
        ftp = null;
        if (client != null) {
            client.drop();
        }
    }

    @Override
    public void close() {
        RawFtpsClient client = ftp;
        ftp = null;
        if (client != null) {
            Sockets.quietly(client::logout);
            Sockets.quietly(client::disconnect);
        }
    }

    @Override
    public String toString() {
        return "FTPS";
    }
}

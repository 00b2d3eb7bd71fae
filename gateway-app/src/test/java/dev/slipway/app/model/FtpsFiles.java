package dev.slipway.app.model;

import dev.slipway.testing.RawFtpsClient;
import dev.slipway.testing.Sockets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPReply;
import org.apache.commons.net.ftp.parser.MLSxEntryParser;
import org.jspecify.annotations.Nullable;

/** FTP with explicit TLS by Apache Commons Net. */
final class FtpsFiles implements FileClient {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Site site;
    private @Nullable RawFtpsClient ftp;

    FtpsFiles(Site site) {
        this.site = site;
    }

    private RawFtpsClient client() throws IOException {
        RawFtpsClient present = ftp;
        if (present != null) {
            return present;
        }
        RawFtpsClient client = new RawFtpsClient();
        ftp = client;
        client.connect(InetAddress.getLoopbackAddress(), site.host().ftpsPort());
        client.setSoTimeout(Site.TIMEOUT_MILLIS);
        if (!client.login(Site.USER, Site.PASSWORD)) {
            throw new IOException(client.getReplyString());
        }
        client.execPBSZ(0);
        client.execPROT("P");
        client.setFileType(FTP.BINARY_FILE_TYPE);
        return client;
    }

    @Override
    public String perform(Step step, byte[] content, Disturbance disturbance) throws IOException, RefusedException {
        RawFtpsClient client = client();
        String path = step.path();
        return switch (step.verb()) {
            case PUT -> upload("STOR", path, 0, content);
            case RESUME -> upload("APPE", path, 0, content);
            case RESUME_AT -> upload("STOR", path, ReferenceFileSystem.PART, content);
            case CUT -> cut("STOR", path, content);
            case RESUME_CUT -> cut("APPE", path, content);
            case CUT_BY_RESTART -> {
                OutputStream output = opened(client.store("STOR", path));
                output.write(content);
                output.flush();
                awaitTaken(content.length);
                disturbance.run();
                drop();
                yield Answers.CUT;
            }
            case ABORT -> {
                OutputStream output = opened(client.store("STOR", path));
                output.write(content);
                output.flush();
                awaitTaken(content.length);
                client.sendCommand("ABOR");
                if (client.getReplyCode() != FTPReply.TRANSFER_ABORTED) {
                    throw new IOException(client.getReplyString());
                }
                require(client.getReply());
                Sockets.quietly(client.data()::close);
                yield Answers.ABORTED;
            }
            case GET -> Answers.bytes(download(path, 0));
            case GET_FROM -> Answers.bytes(download(path, step.number()));
            case STAT -> {
                require(client.sendCommand("MLST", path));
                yield describe(MLSxEntryParser.parseEntry(client.getReplyStrings()[1].substring(1)));
            }
            case SIZE -> "size " + text(client.sendCommand("SIZE", path));
            case TIME -> {
                Instant time = TIME.parse(text(client.sendCommand("MDTM", path)), Instant::from);
                yield Answers.time(OptionalLong.of(time.getEpochSecond()));
            }
            case LIST -> {
                List<String> entries = new ArrayList<>();
                for (FTPFile entry : client.mlistDir(path)) {
                    entries.add(Answers.entry(entry.getName(), describe(entry)));
                }
                require(client.getReplyCode());
                yield Answers.listing(entries);
            }
            case MKDIR -> require(client.mkd(path));
            case RMDIR -> require(client.rmd(path));
            case DELETE -> require(client.dele(path));
            case REPLACE -> {
                require(client.rnfr(path));
                yield require(client.rnto(step.target()));
            }
            case TOUCH ->
                require(client.sendCommand("MFMT", TIME.format(Instant.ofEpochSecond(step.number())) + " " + path));
            case COPY -> {
                require(client.sendCommand("SITE", "CPFR " + path));
                yield require(client.sendCommand("SITE", "CPTO " + step.target()));
            }
            case CHECKSUM -> {
                // "SHA-256 0-99 digest path"
                String[] fields = text(client.sendCommand("HASH", path)).split(" ", 4);
                yield "sha256 " + fields[2];
            }
            case PUT_NEW, CUT_NEW, RENAME, COPY_NEW, COPY_DATA, RECONNECT, RESTART, HICCUP, OUTAGE ->
                throw new IllegalArgumentException(step.toString());
        };
    }

    /** The reply's text, if it reports success. */
    private String text(int code) throws IOException, RefusedException {
        require(code);
        return client().getReplyString().strip().substring(4);
    }

    private String require(int code) throws IOException, RefusedException {
        if (!FTPReply.isPositiveCompletion(code) && !FTPReply.isPositiveIntermediate(code)) {
            throw new RefusedException(code, client().getReplyString().strip());
        }
        return Answers.OK;
    }

    private OutputStream opened(@Nullable OutputStream output) throws IOException, RefusedException {
        if (output == null) {
            throw new RefusedException(
                    client().getReplyCode(), client().getReplyString().strip());
        }
        return output;
    }

    private String upload(String command, String path, int offset, byte[] content)
            throws IOException, RefusedException {
        RawFtpsClient client = client();
        if (offset > 0) {
            require(client.rest(Integer.toString(offset)));
        }
        OutputStream output = opened(client.store(command, path));
        try {
            output.write(content);
            output.close();
        } catch (IOException e) {
            // The reply gives the reason.
            Sockets.quietly(client.data()::close);
        }
        return require(client.getReply());
    }

    /** Polls the progress of the running transfer until the gateway has received this many bytes. */
    private void awaitTaken(int bytes) throws IOException {
        RawFtpsClient client = client();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Site.TIMEOUT_MILLIS);
        do {
            client.sendCommand("STAT");
            if (System.nanoTime() > end) {
                throw new IOException("the gateway did not take " + bytes + " bytes: " + client.getReplyString());
            }
        } while (!client.getReplyString().contains(" " + bytes + " bytes so far"));
    }

    /** Ends the data connection without TLS's close_notify, and for some sizes also the control connection. */
    private String cut(String command, String path, byte[] content) throws IOException, RefusedException {
        RawFtpsClient client = client();
        OutputStream output = opened(client.store(command, path));
        output.write(content);
        output.flush();
        Socket data = client.data();
        if (content.length % 2 == 1) {
            awaitTaken(content.length);
            Sockets.drop(data);
            drop();
            return Answers.CUT;
        }
        data.shutdownOutput();
        int code = client.getReply();
        data.close();
        if (FTPReply.isPositiveCompletion(code)) {
            throw new IOException("half a file was stored: " + client.getReplyString());
        }
        return Answers.CUT;
    }

    private byte[] download(String path, int offset) throws IOException, RefusedException {
        RawFtpsClient client = client();
        if (offset > 0) {
            require(client.rest(Integer.toString(offset)));
        }
        InputStream input = client.retrieve(path);
        if (input == null) {
            throw new RefusedException(
                    client.getReplyCode(), client.getReplyString().strip());
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (input) {
            input.transferTo(content);
        }
        require(client.getReply());
        return content.toByteArray();
    }

    private static String describe(FTPFile entry) {
        Instant modified = entry.getTimestampInstant();
        String time =
                Answers.time(modified == null ? OptionalLong.empty() : OptionalLong.of(modified.getEpochSecond()));
        return entry.isDirectory() ? Answers.directory(time) : Answers.file(entry.getSize(), time);
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
}

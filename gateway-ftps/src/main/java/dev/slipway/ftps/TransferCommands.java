package dev.slipway.ftps;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.WritePosition;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands that open data connections or prepare them. */
final class TransferCommands {
    private static final Logger log = LoggerFactory.getLogger(TransferCommands.class);
    private static final Pattern HOST_PORT =
            Pattern.compile("(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3})");

    /**
     * How long an upload waits if only the end of its connection has ended it. A client that dies closes both of its
     * connections, in any order; the end of the control connection must have time to arrive, even if a packet is lost.
     */
    private static final Duration DOUBT = Duration.ofMillis(250);

    /** How long the bytes of a refused upload are read and dropped before the connection is closed. */
    private static final Duration PATIENCE_AFTER_REFUSAL = Duration.ofSeconds(5);

    private static final int UNIQUE_NAME_ATTEMPTS = 8;
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;

    private static final Reply UNPROTECTED =
            new Reply(521, "Data connections must be encrypted; send PBSZ 0 and PROT P first.");

    private TransferCommands() {}

    static void addTo(CommandTable table) {
        table.accountWithArgument("TYPE", TransferCommands::type);
        table.accountWithArgument("MODE", (session, mode) -> choose(session, "MODE", mode, "S", "BC"));
        table.accountWithArgument("STRU", (session, structure) -> choose(session, "STRU", structure, "F", "RP"));
        table.account("PASV", TransferCommands::passive);
        table.account("EPSV", TransferCommands::extendedPassive);
        table.accountWithArgument("PORT", TransferCommands::active);
        table.accountWithArgument("EPRT", TransferCommands::extendedActive);
        table.accountWithArgument("REST", TransferCommands::restart);
        table.accountWithArgument("ALLO", TransferCommands::allocate);
        table.accountWithArgument("RETR", TransferCommands::retrieve);
        table.accountWithArgument("STOR", TransferCommands::store);
        table.accountWithArgument("APPE", TransferCommands::append);
        table.account("STOU", TransferCommands::storeUnique);
        table.account("LIST", (session, argument) -> {
            ListFormat format = ListFormat.longFormat(session.account(), Instant.now());
            list(session, () -> Selection.of(session, argument), (entry, _) -> format.line(entry, entry.name()));
        });
        table.account(
                "NLST",
                (session, argument) -> list(session, () -> Selection.of(session, argument), ListFormat.names()));
        table.account(
                "MLSD",
                (session, argument) -> list(
                        session, () -> Selection.ofDirectory(session, argument), ListFormat.facts(session.facts())));
    }

    // ---- parameters

    private static void type(Session session, String type) {
        switch (type.toUpperCase(Locale.ROOT)) {
            case "I", "L 8", "L8" -> {
                session.setAscii(false);
                session.reply(200, "Switching to Binary mode.");
            }
            case "A", "A N" -> {
                session.setAscii(true);
                session.reply(
                        200,
                        session.convertsLineEnds()
                                ? "Switching to ASCII mode; line ends are converted (CRLF on the network, LF in the"
                                        + " store)."
                                : "Switching to ASCII mode; line ends are not converted.");
            }
            default -> session.reply(504, "Unrecognised TYPE; use I or A.");
        }
    }

    private static void choose(Session session, String command, String value, String only, String known) {
        String wanted = value.toUpperCase(Locale.ROOT);
        if (wanted.equals(only)) {
            session.reply(200, command + " set to " + only + ".");
        } else if (wanted.length() == 1 && known.contains(wanted)) {
            session.reply(504, command + " can only be " + only + ".");
        } else {
            session.reply(501, "Unknown " + command + ".");
        }
    }

    private static void restart(Session session, String offset) {
        Optional<Long> bytes = number(offset);
        if (bytes.isEmpty()) {
            session.reply(501, "REST requires a number of bytes.");
        } else {
            session.setRestart(bytes.get());
            session.reply(350, "Restart position accepted: next transfer starts at byte " + bytes.get() + ".");
        }
    }

    private static void allocate(Session session, String argument) {
        Optional<Long> bytes = number(argument.split(" ", 2)[0]);
        if (bytes.isEmpty()) {
            session.reply(501, "ALLO requires a number of bytes.");
            return;
        }
        long largest = session.files().largestFile();
        if (bytes.get() > largest) {
            session.reply(552, "The maximum file size is " + largest + " bytes.");
        } else {
            session.setAllocated(bytes.get());
            session.reply(200, "ALLO ok; the next upload must have " + bytes.get() + " bytes.");
        }
    }

    private static Optional<Long> number(String text) {
        if (!text.matches("\\d{1,40}")) {
            return Optional.empty();
        }
        return Optional.of(
                new BigInteger(text).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact());
    }

    // ---- how data connections are established

    private static void passive(Session session, @Nullable String argument) throws IOException {
        if (session.isOnlyExtendedPassive()) {
            session.reply(522, "Only EPSV is allowed after EPSV ALL.");
            return;
        }
        boolean known = session.environment().settings().externalAddress().isPresent()
                || session.local() instanceof Inet4Address;
        if (!known || !(session.client() instanceof Inet4Address)) {
            session.reply(425, "PASV not available over IPv6; use EPSV.");
            return;
        }
        byte[] address;
        try {
            address = announcedAddress(session);
        } catch (UnknownHostException e) {
            log.error("the external address for PASV is unusable: {}", e.getMessage());
            session.reply(425, "Cannot determine the server's address for PASV; use EPSV.");
            return;
        }
        PassivePort port = openPassivePort(session);
        if (port == null) {
            return;
        }
        session.reply(
                227,
                "Entering Passive Mode (%d,%d,%d,%d,%d,%d)."
                        .formatted(
                                address[0] & 0xFF,
                                address[1] & 0xFF,
                                address[2] & 0xFF,
                                address[3] & 0xFF,
                                port.number() >> 8,
                                port.number() & 0xFF));
    }

    private static byte[] announcedAddress(Session session) throws UnknownHostException {
        Optional<String> external = session.environment().settings().externalAddress();
        if (external.isEmpty()) {
            return session.local().getAddress();
        }
        for (InetAddress address : InetAddress.getAllByName(external.get())) {
            if (address instanceof Inet4Address) {
                return address.getAddress();
            }
        }
        throw new UnknownHostException(external.get() + " has no IPv4 address");
    }

    private static void extendedPassive(Session session, @Nullable String argument) {
        if (argument != null) {
            String wanted = argument.toUpperCase(Locale.ROOT);
            if (wanted.equals("ALL")) {
                session.setOnlyExtendedPassive();
                session.reply(200, "EPSV ALL ok.");
                return;
            }
            String mine = session.client() instanceof Inet4Address ? "1" : "2";
            if (!wanted.equals(mine)) {
                session.reply(522, "Network protocol not supported, use (" + mine + ")");
                return;
            }
        }
        PassivePort port = openPassivePort(session);
        if (port != null) {
            session.reply(229, "Entering Extended Passive Mode (|||" + port.number() + "|)");
        }
    }

    private static @Nullable PassivePort openPassivePort(Session session) {
        session.setDataPort(null);
        try {
            PassivePort port =
                    session.environment().passivePorts().open(session.local(), session.client(), session.channels());
            session.setDataPort(port);
            return port;
        } catch (IOException e) {
            session.reply(425, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static void active(Session session, String argument) throws IOException {
        Matcher matcher = HOST_PORT.matcher(argument);
        if (!matcher.matches()) {
            session.reply(501, "Illegal PORT command; use h1,h2,h3,h4,p1,p2.");
            return;
        }
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            int value = Integer.parseInt(matcher.group(i + 1));
            if (value > 255) {
                session.reply(501, "Illegal PORT command; a number is greater than 255.");
                return;
            }
            bytes[i] = (byte) value;
        }
        connectTo(
                session,
                InetAddress.getByAddress(Arrays.copyOf(bytes, 4)),
                ((bytes[4] & 0xFF) << 8) | (bytes[5] & 0xFF));
    }

    private static void extendedActive(Session session, String argument) throws IOException {
        String[] parts = argument.split(Pattern.quote(argument.substring(0, 1)), -1);
        if (parts.length != 5 || !parts[3].matches("\\d{1,5}")) {
            session.reply(501, "Illegal EPRT command; use |protocol|address|port|.");
        } else if (!parts[1].equals("1") && !parts[1].equals("2")) {
            session.reply(522, "Network protocol not supported, use (1,2)");
        } else {
            InetAddress address;
            try {
                address = InetAddress.ofLiteral(parts[2]);
            } catch (IllegalArgumentException e) {
                session.reply(501, "Illegal EPRT command; not an IP address.");
                return;
            }
            if ((address instanceof Inet4Address) != parts[1].equals("1")) {
                session.reply(501, "Illegal EPRT command; protocol and address do not match.");
                return;
            }
            connectTo(session, address, Integer.parseInt(parts[3]));
        }
    }

    private static void connectTo(Session session, InetAddress address, int port) throws IOException {
        session.setDataPort(null);
        if (!session.environment().settings().activeAllowed() || session.isOnlyExtendedPassive()) {
            session.reply(502, "Active mode is disabled; use PASV or EPSV (\"passive mode\" in the client).");
        } else if (!address.equals(session.client())) {
            session.reply(504, "The data connection must go to the control connection's address.");
        } else if (port < FIRST_UNPRIVILEGED_PORT || port > 65535) {
            session.reply(504, "The port must be from 1024 to 65535.");
        } else {
            session.setDataPort(new ActivePort(
                    session.local(),
                    new InetSocketAddress(address, port),
                    session.channels(),
                    session.environment().settings().dataConnectionTimeout()));
            session.reply(200, "Active mode accepted. Consider using passive mode.");
        }
    }

    // ---- transfers

    /** A transfer from its first refusal to its last reply. */
    @FunctionalInterface
    private interface Body {
        void run(Transfer transfer, Connector connector) throws IOException;
    }

    /** Opens the data connection, with the reply 150 in between. */
    @FunctionalInterface
    private interface Connector {
        DataChannel connect(String announcement) throws IOException;
    }

    /** The data connection could not be opened. */
    private static final class NoConnectionException extends IOException {
        private static final long serialVersionUID = 1L;

        NoConnectionException(String message, IOException cause) {
            super(message, cause);
        }
    }

    /** The transfer is refused for a reason other than a file system failure. */
    private static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient Reply reply;

        RefusedException(Reply reply) {
            super(reply.getMessage());
            this.reply = reply;
        }

        Reply reply() {
            return reply;
        }
    }

    /** The client was already told about the failure. */
    private static final class ToldException extends IOException {
        private static final long serialVersionUID = 1L;

        ToldException(VfsException cause) {
            super(cause);
        }
    }

    private static void transfer(Session session, Body body) {
        DataPort port = session.takeDataPort();
        if (port == null) {
            session.reply(isUnprotected(session) ? UNPROTECTED : new Reply(425, "Use PASV or EPSV first."));
            return;
        }
        DataChannel[] opened = new DataChannel[1];
        Transfer transfer = session.beginTransfer();
        try (transfer) {
            if (isUnprotected(session)) {
                throw new RefusedException(UNPROTECTED);
            }
            body.run(transfer, announcement -> {
                DataChannel channel = connect(transfer, port);
                opened[0] = channel;
                session.reply(150, announcement);
                transfer.announced();
                try {
                    transfer.clientsTurn();
                    channel.open();
                } catch (ConnectionTls.NotTheClientException e) {
                    finish(channel);
                    throw new RefusedException(new Reply(522, String.valueOf(e.getMessage())));
                } catch (SSLException e) {
                    throw new NoConnectionException("TLS failed on the data connection: " + e.getMessage(), e);
                } finally {
                    transfer.ourTurn();
                }
                return channel;
            });
        } catch (ToldException e) {
            log.debug("a transfer has failed: {}", e.getMessage());
        } catch (IOException e) {
            session.reply(replyTo(e, transfer));
        } finally {
            session.endTransfer();
            if (opened[0] == null) {
                session.retire(port);
            } else {
                opened[0].recycle();
            }
        }
    }

    /**
     * Closes a refused connection gracefully: clients whose connection is reset, such as ftplib, do not read the reply.
     */
    private static void finish(DataChannel channel) {
        try {
            channel.finish();
        } catch (IOException e) {
            log.debug("a refused data connection has ended: {}", e.getMessage());
        }
    }

    private static boolean isUnprotected(Session session) {
        return session.isSecured()
                && session.environment().settings().dataProtectionRequired()
                && !session.isDataProtected();
    }

    private static DataChannel connect(Transfer transfer, DataPort port) throws IOException {
        try {
            return transfer.own(transfer.own(port).connect());
        } catch (IOException e) {
            transfer.checkNotAborted();
            throw new NoConnectionException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Reply replyTo(IOException failure, Transfer transfer) {
        String reason = transfer.abortReason();
        if (reason != null) {
            return new Reply(426, reason);
        }
        return switch (failure) {
            case VfsException vfs -> FailureReply.of(vfs);
            case RefusedException refused -> refused.reply();
            case NoConnectionException none -> new Reply(425, String.valueOf(none.getMessage()));
            default -> {
                log.debug("a data connection broke: {}", failure.toString());
                yield new Reply(426, "The data connection broke: " + failure.getMessage());
            }
        };
    }

    private static void retrieve(Session session, String path) {
        long restart = session.takeRestart();
        ChecksumCommands.Range range = session.takeRange();
        long start = range == null ? restart : range.first();
        transfer(session, (transfer, connector) -> {
            requireBinary(session, range != null || start > 0);
            FileDownload download = transfer.own(session.files().open(session.resolve(path), start));
            long size = download.entry().size();
            if (start > size) {
                throw new RefusedException(new Reply(
                        554,
                        "Invalid restart position: the file has only " + size + " bytes; cannot restart at " + start
                                + "."));
            }
            long end = range == null || range.last() >= size ? size : range.last() + 1;
            DataChannel channel = connector.connect(
                    session.convertsLineEnds()
                            ? "Opening ASCII mode data connection."
                            : "Opening BINARY mode data connection (" + (end - start) + " bytes).");
            send(session, transfer, channel, download, start, end);
            channel.finish();
            session.reply(226, "Transfer complete.");
        });
    }

    /** @param end the offset after the last byte to send */
    private static void send(
            Session session, Transfer transfer, DataChannel channel, FileDownload download, long start, long end)
            throws IOException {
        BufferPool buffers = session.environment().buffers();
        ByteBuffer buffer = buffers.take();
        ByteBuffer text = session.convertsLineEnds() ? buffers.take() : null;
        try {
            long offset = start;
            while (offset < end) {
                buffer.limit((int) Math.min(buffer.capacity(), end - offset));
                int count = download.read(offset, buffer);
                if (count < 0) {
                    throw new VfsException(
                            Failure.INTEGRITY,
                            download.entry().path(),
                            "The file ended early; the transfer is incomplete.");
                }
                offset += count;
                if (text == null) {
                    writeAll(transfer, channel, buffer.flip());
                } else {
                    LineEnds.write(buffer.flip(), text, converted -> writeAll(transfer, channel, converted));
                }
                buffer.clear();
            }
        } finally {
            buffers.give(buffer);
            if (text != null) {
                buffers.give(text);
            }
        }
    }

    private static void writeAll(Transfer transfer, DataChannel channel, ByteBuffer bytes) throws IOException {
        transfer.clientsTurn();
        int count = bytes.remaining();
        try {
            channel.write(bytes);
        } finally {
            transfer.ourTurn();
        }
        transfer.moved(count);
    }

    /** An offset counts stored bytes, which differ from transferred bytes if line ends are converted. */
    private static void requireBinary(Session session, boolean partial) throws RefusedException {
        if (partial && session.convertsLineEnds()) {
            throw new RefusedException(new Reply(554, "REST requires binary mode; send TYPE I first."));
        }
    }

    private static void store(Session session, String path) {
        long start = session.takeRestart();
        upload(session, () -> {
            requireBinary(session, start > 0);
            return start > 0
                    ? continued(session, path, start)
                    : new Started(create(session, session.resolve(path), CreateMode.REPLACE), 0);
        });
    }

    /** Appending to an interrupted upload resumes it, as curl and others do after asking for its size. */
    private static void append(Session session, String path) {
        long start = session.takeRestart();
        upload(session, () -> {
            if (start > 0) {
                requireBinary(session, true);
                return continued(session, path, start);
            }
            Optional<FileEntry> present = FileCommands.find(session, path);
            if (present.isEmpty()) {
                return new Started(createForAppend(session, session.resolve(path)), 0, false, true);
            }
            requireBinary(session, present.get().partial());
            return continued(session, path, present.get(), WritePosition.END);
        });
    }

    /** Resumes an interrupted upload, or changes an existing file from an offset on. */
    private static Started continued(Session session, String path, long start) throws IOException {
        FileEntry present = FileCommands.find(session, path)
                .orElseThrow(() -> new RefusedException(new Reply(
                        554,
                        "Invalid restart position: no file or interrupted upload can be resumed at " + start + ".")));
        return continued(session, path, present, WritePosition.at(start));
    }

    private static Started continued(Session session, String path, FileEntry present, WritePosition.Known start)
            throws IOException {
        VirtualPath file = session.resolve(path);
        try {
            FileUpload upload = present.partial()
                    ? session.files().resume(file, start)
                    : session.files().change(file, start, options(session));
            return switch (start) {
                case WritePosition.At(long offset) -> new Started(upload, offset);
                case WritePosition.End _ -> new Started(upload, upload.entry().size(), !present.partial(), false);
            };
        } catch (VfsException e) {
            // RFC 1123 section 4.1.2.12: the reply to an invalid REST
            throw e.failure() == Failure.UNSUPPORTED ? new RefusedException(new Reply(554, e.getMessage())) : e;
        }
    }

    private static FileUpload create(Session session, VirtualPath file, CreateMode mode) throws VfsException {
        return session.files().create(file, mode, options(session));
    }

    /** With conversion, both sides count offsets differently, so the upload could not be resumed. */
    private static UploadOptions options(Session session) {
        return UploadOptions.DEFAULT.withResumption(!session.convertsLineEnds());
    }

    private static void storeUnique(Session session, @Nullable String wish) {
        session.takeRestart();
        upload(
                session,
                () -> new Started(
                        createUnique(session, session.resolve(wish == null ? "upload" : wish), wish != null), 0));
    }

    /**
     * Creates a new file.
     *
     * @param asIs whether the name itself may be used if it is free
     */
    private static FileUpload createUnique(Session session, VirtualPath base, boolean asIs) throws VfsException {
        for (int attempt = asIs ? 0 : 1; ; attempt++) {
            VirtualPath file = attempt == 0
                    ? base
                    : base.parent()
                            .child(base.name() + "."
                                    + Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36));
            try {
                return create(session, file, CreateMode.NEW);
            } catch (VfsException e) {
                if (e.failure() != Failure.ALREADY_EXISTS || attempt == UNIQUE_NAME_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * A started upload.
     *
     * @param start where its first byte goes
     * @param appends whether it appends to a complete file, so that an announced size is that of the appended bytes
     * @param foundNothing whether it appends to a file that did not exist
     */
    private record Started(FileUpload upload, long start, boolean appends, boolean foundNothing) {
        Started(FileUpload upload, long start) {
            this(upload, start, false, false);
        }

        FileEntry commit() throws VfsException {
            try {
                return upload.commit();
            } catch (VfsException e) {
                throw foundNothing ? appearedMeanwhile(upload.entry().path(), e) : e;
            }
        }
    }

    private static FileUpload createForAppend(Session session, VirtualPath file) throws VfsException {
        try {
            return create(session, file, CreateMode.NEW);
        } catch (VfsException e) {
            throw appearedMeanwhile(file, e);
        }
    }

    /** A second attempt would append to the file that others have just stored; clients only retry after a 450. */
    private static VfsException appearedMeanwhile(VirtualPath file, VfsException failure) {
        return failure.failure() == Failure.ALREADY_EXISTS
                ? new VfsException(
                        Failure.CONFLICT,
                        file,
                        "The file was created by another client meanwhile; append again.",
                        failure)
                : failure;
    }

    /** Starts an upload or refuses it. */
    @FunctionalInterface
    private interface Creator {
        Started create() throws IOException;
    }

    private static void upload(Session session, Creator creator) {
        long announced = session.takeAllocated();
        boolean ranged = session.takeRange() != null;
        // the announced size of a text that the client converts is not the number of bytes it sends
        long expected = session.isAscii() ? -1 : announced;
        transfer(session, (transfer, connector) -> {
            if (ranged) {
                throw new RefusedException(
                        new Reply(554, "RANG cannot be combined with an upload; send RANG 1 0 first."));
            }
            Started started = creator.create();
            FileUpload upload = started.upload();
            long start = started.start();
            transfer.own(upload);
            if (expected > 0 && (start == 0 || started.appends())) {
                upload.expectSize(expected > Long.MAX_VALUE - start ? Long.MAX_VALUE : start + expected);
            }
            // STOU's reply has to name the file in this form (RFC 1123 section 4.1.2.9); the others may
            DataChannel channel = connected(connector, upload);
            long size = receive(session, transfer, channel, started);
            // clients that resume an upload announce the rest, or all
            boolean asAnnounced = size - start == expected || (size == expected && !started.appends());
            if (expected >= 0 && !asAnnounced) {
                if (started.appends() || size > expected) {
                    upload.abort();
                }
                throw new EOFException((size - start) + " bytes received instead of the " + expected
                        + " announced by ALLO; the file was not stored");
            }
            boolean proven = channel.isEndProven() || asAnnounced;
            finishQuietly(channel);
            if (!proven) {
                transfer.awaitAbort(DOUBT);
            }
            session.settle();
            transfer.beginCommit();
            session.reply(226, "Transfer complete; stored " + started.commit().size() + " bytes.");
        });
    }

    private static DataChannel connected(Connector connector, FileUpload upload) throws IOException {
        boolean connected = false;
        try {
            DataChannel channel = connector.connect("FILE: " + upload.entry().name());
            connected = true;
            return channel;
        } finally {
            if (!connected && upload.entry().size() == 0) {
                // nothing was sent that could be resumed
                upload.abort();
            }
        }
    }

    /** The file has arrived; a client that has already closed its side need not learn that we close ours. */
    private static void finishQuietly(DataChannel channel) {
        try {
            channel.finish();
        } catch (IOException e) {
            log.debug("the client disconnected after its upload: {}", e.getMessage());
            channel.close();
        }
    }

    /** Returns the offset after the last byte. */
    private static long receive(Session session, Transfer transfer, DataChannel channel, Started started)
            throws IOException {
        BufferPool buffers = session.environment().buffers();
        ByteBuffer buffer = buffers.take();
        LineEnds lineEnds = session.convertsLineEnds() ? new LineEnds() : null;
        try {
            long size = started.start();
            while (true) {
                transfer.clientsTurn();
                int count = lineEnds == null ? channel.read(buffer) : lineEnds.read(channel::read, buffer);
                transfer.ourTurn();
                if (count < 0) {
                    return size;
                }
                try {
                    started.upload().write(size, buffer.flip());
                } catch (VfsException e) {
                    if (e.failure() != Failure.QUOTA_EXCEEDED) {
                        throw e;
                    }
                    started.upload().abort();
                    session.reply(FailureReply.of(e));
                    drop(session, transfer, channel, buffer);
                    throw new ToldException(e);
                }
                size += count;
                transfer.moved(count);
                buffer.clear();
            }
        } finally {
            transfer.ourTurn();
            buffers.give(buffer);
        }
    }

    /**
     * Keeps reading for a while and drops the data: a client that does not read replies while it sends, such as curl,
     * would only see the connection break.
     */
    private static void drop(Session session, Transfer transfer, DataChannel channel, ByteBuffer buffer) {
        // Closes the channel, which also unblocks a read that waits for a silent client.
        Future<?> end = session.environment()
                .timer()
                .schedule(
                        () -> transfer.abort("Upload refused; data connection closed."),
                        PATIENCE_AFTER_REFUSAL.toMillis(),
                        TimeUnit.MILLISECONDS);
        try {
            int count;
            do {
                transfer.clientsTurn();
                count = channel.read(buffer.clear());
                transfer.ourTurn();
            } while (count >= 0);
        } catch (IOException e) {
            log.debug("a refused upload has ended: {}", e.getMessage());
        } finally {
            end.cancel(false);
        }
    }

    /** Finds out what to list. */
    @FunctionalInterface
    private interface Selector {
        Selection select() throws VfsException;
    }

    private static void list(Session session, Selector selector, ListFormat format) {
        session.takeRestart();
        transfer(session, (transfer, connector) -> {
            try (Selection selection = selector.select()) {
                DataChannel channel = connector.connect("Opening data connection for directory listing.");
                send(session, transfer, channel, selection, format);
                channel.finish();
            }
            session.reply(226, "Transfer complete.");
        });
    }

    private static void send(
            Session session, Transfer transfer, DataChannel channel, Selection selection, ListFormat format)
            throws IOException {
        BufferPool buffers = session.environment().buffers();
        ByteBuffer buffer = buffers.take();
        try {
            for (List<FileEntry> page = selection.next(); !page.isEmpty(); page = selection.next()) {
                for (FileEntry entry : page) {
                    if (!ListFormat.isPrintable(entry)) {
                        continue;
                    }
                    byte[] line =
                            (format.line(entry, selection.nameOf(entry)) + "\r\n").getBytes(StandardCharsets.UTF_8);
                    if (line.length > buffer.remaining()) {
                        writeAll(transfer, channel, buffer.flip());
                        buffer.clear();
                    }
                    buffer.put(line);
                }
            }
            writeAll(transfer, channel, buffer.flip());
        } finally {
            buffers.give(buffer);
        }
    }
}

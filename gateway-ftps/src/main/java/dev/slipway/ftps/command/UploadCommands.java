package dev.slipway.ftps.command;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.WritePosition;
import dev.slipway.ftps.control.FailureReply;
import dev.slipway.ftps.control.Reply;
import dev.slipway.ftps.control.Session;
import dev.slipway.ftps.data.BufferPool;
import dev.slipway.ftps.data.DataChannel;
import dev.slipway.ftps.data.Transfer;
import dev.slipway.ftps.format.LineEnds;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** STOR, APPE and STOU. */
final class UploadCommands {
    private static final Logger log = LoggerFactory.getLogger(UploadCommands.class);

    /**
     * How long an upload waits if only the end of its connection has ended it. A client that dies closes both of its
     * connections, in any order; the end of the control connection must have time to arrive, even if a packet is lost.
     */
    private static final Duration DOUBT = Duration.ofMillis(250);

    /** How long the bytes of a refused upload are read and dropped before the connection is closed. */
    private static final Duration PATIENCE_AFTER_REFUSAL = Duration.ofSeconds(5);

    private static final int UNIQUE_NAME_ATTEMPTS = 8;

    private UploadCommands() {}

    static void addTo(CommandTable table) {
        table.accountWithArgument("STOR", UploadCommands::store);
        table.accountWithArgument("APPE", UploadCommands::append);
        table.account("STOU", UploadCommands::storeUnique);
    }

    private static void store(Session session, String path) {
        long start = session.state().takeRestart();
        upload(session, () -> {
            DataTransfer.requireBinary(session, start > 0);
            return start > 0
                    ? continued(session, path, start)
                    : new Started(create(session, session.state().resolve(path), CreateMode.REPLACE), 0);
        });
    }

    /** Appending to an interrupted upload resumes it, as curl and others do after asking for its size. */
    private static void append(Session session, String path) {
        long start = session.state().takeRestart();
        upload(session, () -> {
            if (start > 0) {
                DataTransfer.requireBinary(session, true);
                return continued(session, path, start);
            }
            Optional<FileEntry> present = FileCommands.find(session, path);
            if (present.isEmpty()) {
                return new Started(createForAppend(session, session.state().resolve(path)), 0, false, true);
            }
            DataTransfer.requireBinary(session, present.get().partial());
            return continued(session, path, present.get(), WritePosition.END);
        });
    }

    /** Resumes an interrupted upload, or changes an existing file from an offset on. */
    private static Started continued(Session session, String path, long start) throws IOException {
        FileEntry present = FileCommands.find(session, path)
                .orElseThrow(() -> new DataTransfer.RefusedException(new Reply(
                        554,
                        "Invalid restart position: no file or interrupted upload can be resumed at " + start + ".")));
        return continued(session, path, present, WritePosition.at(start));
    }

    private static Started continued(Session session, String path, FileEntry present, WritePosition.Known start)
            throws IOException {
        VirtualPath file = session.state().resolve(path);
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
            throw e.failure() == Failure.UNSUPPORTED
                    ? new DataTransfer.RefusedException(new Reply(554, e.getMessage()))
                    : e;
        }
    }

    private static FileUpload create(Session session, VirtualPath file, CreateMode mode) throws VfsException {
        return session.files().create(file, mode, options(session));
    }

    /** With conversion, both sides count offsets differently, so the upload could not be resumed. */
    private static UploadOptions options(Session session) {
        return UploadOptions.DEFAULT.withResumption(!session.state().convertsLineEnds());
    }

    private static void storeUnique(Session session, @Nullable String wish) {
        session.state().takeRestart();
        upload(
                session,
                () -> new Started(
                        createUnique(session, session.state().resolve(wish == null ? "upload" : wish), wish != null),
                        0));
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
        long announced = session.state().takeAllocated();
        boolean ranged = session.state().takeRange() != null;
        // the announced size of a text that the client converts is not the number of bytes it sends
        long expected = session.state().isAscii() ? -1 : announced;
        DataTransfer.run(session, (transfer, connector) -> {
            if (ranged) {
                throw new DataTransfer.RefusedException(
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

    private static DataChannel connected(DataTransfer.Connector connector, FileUpload upload) throws IOException {
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
            log.debug("The client disconnected after its upload: {}", e.getMessage());
            channel.close();
        }
    }

    /** Returns the offset after the last byte. */
    private static long receive(Session session, Transfer transfer, DataChannel channel, Started started)
            throws IOException {
        BufferPool buffers = session.environment().buffers();
        ByteBuffer buffer = buffers.take();
        LineEnds lineEnds = session.state().convertsLineEnds() ? new LineEnds() : null;
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
                    throw new DataTransfer.ToldException(e);
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
            log.debug("A refused upload has ended: {}", e.getMessage());
        } finally {
            end.cancel(false);
        }
    }
}

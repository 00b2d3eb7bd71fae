package dev.slipway.sftp.subsystem;

import dev.slipway.core.VfsException;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import dev.slipway.sftp.transport.ChannelCommand;
import dev.slipway.sftp.transport.GatewayChannel;
import dev.slipway.sftp.transport.SessionState;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves SFTP version 3 (draft-ietf-secsh-filexfer-02) on one channel, one request after the other. Only very long
 * requests (checksums, copies of files) run in parallel, and are answered when they are done.
 *
 * <p>Only the client's own {@code SSH_FXP_CLOSE} commits an upload, and only if all its writes succeeded; it is
 * answered when the store has confirmed. If the channel ends in any other way, open uploads are interrupted or aborted.
 * A commit in progress when the client disconnects is completed: the client had signalled that the file is complete.
 */
public final class SftpChannel extends ChannelCommand {
    /** Bytes of the largest request or reply, without its length; the same as OpenSSH's. */
    public static final int MAX_PACKET = 256 * 1024;

    /** Maximum bytes of one read or write; the rest of a packet is for its other fields. */
    public static final int MAX_DATA = MAX_PACKET - 1024;

    /** Maximum bytes of a request other than WRITE: enough for two paths of maximum length. */
    private static final int MAX_REQUEST = 34_000;

    /** Bytes of a read while the memory for larger answers is in use; all clients accept this. */
    private static final int SMALL_READ = 32 * 1024;

    private static final int VERSION = 3;

    private static final Logger log = LoggerFactory.getLogger(SftpChannel.class);

    private final Handles handles;
    private final Reply reply;
    private final SftpRequests requests;
    private final byte[] header = new byte[2 * Integer.BYTES + 1];
    private final String account;
    private final ParallelRequests beside;

    /** Whether the current request is answered later. */
    private boolean later;

    /** Whether answers may fill a packet: only a few channels at a time have the memory for it. */
    private boolean large;

    private volatile boolean gone;

    /** @param account the name that listings show as the owner */
    public SftpChannel(
            GatewayChannel channel, SessionState session, Executor executor, VirtualFileSystem files, String account) {
        super(channel, session, executor);
        this.handles = new Handles(session);
        this.reply = new Reply(account);
        this.requests = new SftpRequests(this, files, handles, reply);
        this.account = account;
        this.beside = new ParallelRequests(executor);
    }

    @Override
    public boolean isWorking() {
        return super.isWorking() || beside.isWorking();
    }

    @Override
    public void abandon() {
        gone = true;
        handles.closeAll();
    }

    @Override
    public void beforeWaiting() throws IOException {
        super.beforeWaiting();
        reply.shrink();
        giveUpLargeAnswers();
    }

    @Override
    public void awaitWork() {
        giveUpLargeAnswers();
        beside.awaitEnd();
    }

    /** How many of so many bytes are sent at once: clients ask for the rest again. */
    public int largestAnswer(int bytes) {
        if (bytes > SMALL_READ && !large) {
            large = session().outputMemory().takeLargeAnswer();
        }
        return large ? bytes : Math.min(bytes, SMALL_READ);
    }

    /** Whether the client has disconnected. */
    boolean isGone() {
        return gone;
    }

    private void giveUpLargeAnswers() {
        if (large) {
            large = false;
            session().outputMemory().returnLargeAnswer();
        }
    }

    @Override
    public int serve() throws IOException {
        if (!greet()) {
            return 0;
        }
        flush();
        long greeted = System.nanoTime();
        boolean first = true;
        ByteBuffer start = ByteBuffer.wrap(header);
        while (input().readFully(start.clear())) {
            if (first) {
                input().roundTrip(Duration.ofNanos(System.nanoTime() - greeted));
                first = false;
            }
            start.flip();
            int length = checked(start.getInt(), header.length - Integer.BYTES);
            int type = Byte.toUnsignedInt(start.get());
            int id = start.getInt();
            int rest = length - (header.length - Integer.BYTES);
            later = false;
            if (!serve(type, id, rest)) {
                break;
            }
            if (!later) {
                write(reply.finish(), 0, reply.length());
            }
        }
        beside.awaitEnd();
        return 0;
    }

    private static int checked(int length, int least) throws StreamCorruptedException {
        if (length < least || length > MAX_PACKET) {
            throw new StreamCorruptedException("a packet of " + Integer.toUnsignedLong(length) + " bytes");
        }
        return length;
    }

    /** Negotiates the version, which is always ours, and announces the extensions. */
    private boolean greet() throws IOException {
        ByteBuffer start = ByteBuffer.allocate(2 * Integer.BYTES + 1);
        if (!input().readFully(start)) {
            return false;
        }
        start.flip();
        int rest = checked(start.getInt(), 1 + Integer.BYTES) - 1 - Integer.BYTES;
        int type = Byte.toUnsignedInt(start.get());
        int version = start.getInt();
        if (type != PacketType.INIT || version < VERSION) {
            throw new StreamCorruptedException("expected SSH_FXP_INIT with version 3 or later, but got packet type "
                    + type + ", version " + Integer.toUnsignedLong(version));
        }
        if (!input().readFully(ByteBuffer.allocate(rest))) {
            return false;
        }
        reply.start(PacketType.VERSION).uint32(VERSION);
        SftpExtensions.announce(reply);
        write(reply.finish(), 0, reply.length());
        return true;
    }

    /**
     * Executes a request and builds the reply.
     *
     * @param rest the bytes of the request after its id
     * @return false if the input ended within the request
     */
    private boolean serve(int type, int id, int rest) throws IOException {
        if (type == PacketType.WRITE) {
            return serveWrite(id, rest);
        }
        if (rest > MAX_REQUEST) {
            return skip(id, rest);
        }
        ByteBuffer fields = ByteBuffer.allocate(rest);
        if (!input().readFully(fields)) {
            return false;
        }
        if (type != PacketType.READ) {
            // This may take long; the client should get earlier answers first.
            flush();
        }
        startWorking();
        try {
            requests.serve(type, id, new Request(fields.flip()));
        } catch (RequestException | VfsException e) {
            FailureReplies.failed(reply, id, e);
        } catch (RuntimeException e) {
            FailureReplies.internalError(reply, id, e);
        }
        return true;
    }

    /** Refuses an oversized request without buffering it. */
    private boolean skip(int id, int rest) throws IOException {
        int remaining = rest;
        while (remaining > 0) {
            ByteBuffer bytes = input().next(remaining);
            if (bytes == null) {
                return false;
            }
            remaining -= bytes.remaining();
        }
        reply.status(id, Status.BAD_MESSAGE, "Requests other than writes may have " + MAX_REQUEST + " bytes.");
        return true;
    }

    /** Passes the bytes of a write on as they arrive, from the input of the channel to the upload, without another buffer. */
    private boolean serveWrite(int id, int rest) throws IOException {
        // handle, offset and the length of the data
        ByteBuffer fields = ByteBuffer.allocate(Math.min(rest, 3 * Integer.BYTES + Long.BYTES));
        if (!input().readFully(fields)) {
            return false;
        }
        startWorking();
        int remaining = rest - fields.capacity();
        Handles.Upload upload = null;
        IOException failure = null;
        long offset = 0;
        int wanted = 0;
        try {
            Request request = new Request(fields.flip());
            if (!(handles.get(request.handle()) instanceof Handles.Upload writable)) {
                throw new RequestException(Status.PERMISSION_DENIED, "The handle is not open for writing.");
            }
            upload = writable;
            offset = writable.place(request.position());
            int length = request.uint32();
            if (length < 0 || length > remaining) {
                throw new RequestException(Status.BAD_MESSAGE, "The write contains fewer bytes than it announces.");
            }
            wanted = length;
        } catch (RequestException e) {
            failure = e;
        }
        while (remaining > 0) {
            ByteBuffer bytes = input().next(remaining);
            if (bytes == null) {
                return false;
            }
            startWorking();
            remaining -= bytes.remaining();
            // rclone's last write contains the unused end of its buffer after the data
            int count = Math.min(wanted, bytes.remaining());
            if (failure == null && upload != null && count > 0) {
                failure = written(upload, offset, bytes.limit(bytes.position() + count));
            }
            offset += count;
            wanted -= count;
        }
        if (failure == null) {
            reply.ok(id);
        } else {
            if (upload != null) {
                upload.failed(failure);
            }
            FailureReplies.failed(reply, id, failure);
        }
        return true;
    }

    private @Nullable IOException written(Handles.Upload upload, long offset, ByteBuffer bytes) {
        try {
            upload.upload().write(offset, bytes);
            return null;
        } catch (VfsException e) {
            return e;
        } catch (RuntimeException e) {
            log.error("An internal error ended the upload of {}", upload.path(), e);
            return new RequestException(Status.FAILURE, "Internal error in the gateway; see its log.");
        }
    }

    /** Answers a request when it is done, and continues with the next one. */
    void answerLater(int id, Answer answer) {
        Reply own = new Reply(account);
        beside.run(
                () -> {
                    session().markThread();
                    try {
                        answer.build(own, id, this::isGone);
                    } catch (IOException e) {
                        FailureReplies.failed(own, id, e);
                    } catch (RuntimeException e) {
                        FailureReplies.internalError(own, id, e);
                    }
                },
                () -> {
                    try {
                        writeBeside(own.finish(), 0, own.length());
                    } catch (IOException e) {
                        log.debug("The client disconnected before request {} was answered: {}", id, e.getMessage());
                    }
                });
        later = true;
    }
}

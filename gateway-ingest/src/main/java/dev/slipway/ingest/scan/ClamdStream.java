package dev.slipway.ingest.scan;

import dev.slipway.core.event.ScanResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One file on its way to clamd, by the command INSTREAM: pieces with their lengths, an empty one at the end, one reply.
 * It connects with the first bytes. clamd has time limits for silent connections (see clamd.conf), so a few
 * bytes are held back, to be sent one by one while the client sends nothing.
 *
 * <p>Used by one thread at a time, except for {@link #close}, {@link #keepAlive} and {@link #closeIfStuck}.
 */
final class ClamdStream implements AutoCloseable {
    private static final byte[] COMMAND = "zINSTREAM\0".getBytes(StandardCharsets.US_ASCII);

    /** How much is sent at once, in bytes. This is all the memory that a file takes here. */
    private static final int PIECE = 1 << 15;

    /** How much is held back, in bytes. */
    private static final int HELD_BACK = 256;

    private static final int LONGEST_REPLY = 4096;

    /** How long an answer may take that clamd has sent before it closed the connection. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final ClamdAddress address;
    private final Duration timeout;
    private final ReentrantLock sending = new ReentrantLock();
    private final ByteBuffer pending = ByteBuffer.allocate(PIECE);
    private final CompletableFuture<String> reply = new CompletableFuture<>();
    private volatile @Nullable SocketChannel channel;
    private volatile boolean closed;
    private volatile boolean stuck;

    /** When the present call to the socket began; 0 if there is none. */
    private volatile long busySince;

    private volatile long lastSent;

    ClamdStream(ClamdAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /**
     * Takes bytes. Blocks while clamd does not keep up.
     *
     * @param data does not change
     * @return why the file cannot be scanned; empty if all is well
     * @throws ClosedChannelException this was closed by another thread
     */
    Optional<ScanOutcome> add(ByteBuffer data) throws ClosedChannelException {
        ByteBuffer rest = data.duplicate();
        sending.lock();
        try {
            while (rest.hasRemaining()) {
                if (reply.isDone()) {
                    return Optional.of(early());
                }
                int count = Math.min(rest.remaining(), pending.remaining());
                pending.put(rest.slice(rest.position(), count));
                rest.position(rest.position() + count);
                if (!pending.hasRemaining()) {
                    send(pending.position() - HELD_BACK);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(failed(e));
        } finally {
            sending.unlock();
        }
    }

    /**
     * Sends the end of the file, and waits for the verdict.
     *
     * @throws ClosedChannelException this was closed by another thread
     */
    ScanOutcome finish() throws ClosedChannelException {
        sending.lock();
        try {
            if (reply.isDone()) {
                return early();
            }
            send(pending.position());
            write(ByteBuffer.allocate(Integer.BYTES));
        } catch (IOException e) {
            return failed(e);
        } finally {
            sending.unlock();
        }
        try {
            return ScanOutcome.of(reply.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException _) {
            return tooSlow();
        } catch (ExecutionException e) {
            return failed(e.getCause() instanceof IOException failure ? failure : new IOException(e));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ClosedChannelException();
        }
    }

    /** Sends a byte if none was sent for some time. May be called by any thread; may block. */
    void keepAlive(Duration idle) {
        if (channel == null || System.nanoTime() - lastSent < idle.toNanos() || !sending.tryLock()) {
            return;
        }
        try {
            if (pending.position() > 1 && !closed) {
                send(1);
            }
        } catch (IOException _) {
            // The next call finds out why.
        } finally {
            sending.unlock();
        }
    }

    /** Ends a call that clamd has blocked for too long. May be called by any thread. */
    void closeIfStuck() {
        long since = busySince;
        if (since != 0 && System.nanoTime() - since > timeout.toNanos()) {
            stuck = true;
            closeChannel();
        }
    }

    /** Sends the first bytes that are pending. */
    private void send(int count) throws IOException {
        if (channel == null) {
            connect();
        }
        if (count == 0) {
            return;
        }
        pending.flip();
        ByteBuffer piece = pending.slice(0, count);
        write(ByteBuffer.allocate(Integer.BYTES).putInt(count).flip(), piece);
        pending.position(count);
        pending.compact();
    }

    private void connect() throws IOException {
        SocketChannel opened = address.open();
        channel = opened;
        if (closed) {
            opened.close();
            throw new ClosedChannelException();
        }
        busySince = now();
        try {
            opened.connect(address.resolve());
        } finally {
            busySince = 0;
        }
        Thread.ofVirtual().name("slipway-scan-reply").start(() -> readReply(opened));
        write(ByteBuffer.wrap(COMMAND));
    }

    private void write(ByteBuffer... parts) throws IOException {
        SocketChannel open = channel;
        if (open == null) {
            throw new ClosedChannelException();
        }
        busySince = now();
        try {
            while (parts[parts.length - 1].hasRemaining()) {
                open.write(parts);
            }
        } finally {
            busySince = 0;
            lastSent = System.nanoTime();
        }
    }

    /** Never 0, which means that there is no call. */
    private static long now() {
        long now = System.nanoTime();
        return now == 0 ? 1 : now;
    }

    private void readReply(SocketChannel open) {
        ByteBuffer text = ByteBuffer.allocate(LONGEST_REPLY);
        try {
            while (text.hasRemaining() && open.read(text) >= 0) {
                if (text.position() > 0 && text.get(text.position() - 1) == 0) {
                    break;
                }
            }
            int length = text.position();
            while (length > 0 && text.get(length - 1) == 0) {
                length--;
            }
            reply.complete(new String(text.array(), 0, length, StandardCharsets.UTF_8));
        } catch (IOException e) {
            reply.completeExceptionally(e);
        }
    }

    /** An answer before the end of the file is never a verdict on the file. */
    private ScanOutcome early() throws ClosedChannelException {
        try {
            ScanOutcome outcome = ScanOutcome.of(reply.get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS));
            return outcome.result() == ScanResult.TOO_LARGE || outcome.result() == ScanResult.UNAVAILABLE
                    ? outcome
                    : ScanOutcome.unavailable("clamd has answered before it had all of the file");
        } catch (TimeoutException _) {
            return tooSlow();
        } catch (ExecutionException e) {
            return lost(e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ClosedChannelException();
        }
    }

    /** Why the connection broke: clamd says so before it closes it, if the file is too large. */
    private ScanOutcome failed(IOException e) throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        SocketChannel open = channel;
        if (stuck) {
            return tooSlow();
        }
        if (open != null && open.isConnected()) {
            ScanOutcome said = early();
            return said.result() == ScanResult.TOO_LARGE ? said : lost(e);
        }
        return ScanOutcome.unavailable("clamd cannot be reached: " + e.getMessage());
    }

    private static ScanOutcome lost(@Nullable Throwable cause) {
        return ScanOutcome.unavailable(
                "the connection to clamd was lost" + (cause == null ? "" : ": " + cause.getMessage()));
    }

    private ScanOutcome tooSlow() {
        return ScanOutcome.unavailable("clamd has not answered within " + timeout.toSeconds() + " s");
    }

    private void closeChannel() {
        SocketChannel open = channel;
        if (open != null) {
            try {
                open.close();
            } catch (IOException _) {
                // It is gone either way.
            }
        }
    }

    /** Ends the connection. May be called by any thread, and more than once. */
    @Override
    public void close() {
        closed = true;
        closeChannel();
    }
}

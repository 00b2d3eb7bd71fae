package dev.slipway.admin.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body that is taken piece by piece: one buffer is filled by the event loop while the handler's thread uses the other one.
 * The connection is read no further than that.
 */
final class ReceivedContent implements HttpExchange.Content {
    private static final int BUFFER = 64 * 1024;

    /** What both buffers take, in bytes. */
    static final int MEMORY = 2 * BUFFER;

    private final Object lock;
    private final long length;
    private final Runnable request;

    @GuardedBy("lock")
    private ByteBuffer filling = ByteBuffer.allocate(BUFFER);

    @GuardedBy("lock")
    private ByteBuffer used = ByteBuffer.allocate(BUFFER);

    /** Whether bytes were requested that have not arrived. */
    @GuardedBy("lock")
    private boolean requested;

    @GuardedBy("lock")
    private boolean whole;

    @GuardedBy("lock")
    private @Nullable String failure;

    /**
     * @param lock guards this body, and is notified of everything that happens to the exchange
     * @param length in bytes; -1 if unknown
     * @param request has the connection read on; does not block
     */
    ReceivedContent(Object lock, long length, Runnable request) {
        this.lock = lock;
        this.length = length;
        this.request = request;
    }

    @Override
    public long length() {
        return length;
    }

    /** Receives a piece, on the event loop. Returns whether more is wanted. */
    boolean take(ByteBuf bytes, boolean last) {
        synchronized (lock) {
            if (whole || failure != null) {
                return false;
            }
            filling.put(bytes.nioBuffer());
            whole = last;
            requested = !last && filling.remaining() >= HttpListener.PIECE;
            lock.notifyAll();
            return requested;
        }
    }

    /** There is no body, or no more of it. */
    void end() {
        synchronized (lock) {
            whole = true;
            lock.notifyAll();
        }
    }

    /** It will not arrive completely; has no effect on one that has. */
    void fail(String reason) {
        synchronized (lock) {
            if (!whole && failure == null) {
                failure = reason;
            }
            lock.notifyAll();
        }
    }

    @Override
    public @Nullable ByteBuffer next() throws IOException {
        synchronized (lock) {
            try {
                while (filling.position() == 0 && !whole && failure == null) {
                    requestMore();
                    lock.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("the listener is shutting down");
            }
            if (failure != null) {
                throw new IOException(failure);
            }
            if (filling.position() == 0) {
                return null;
            }
            ByteBuffer full = filling.flip();
            filling = used.clear();
            used = full;
            if (!whole) {
                requestMore();
            }
            return full;
        }
    }

    private void requestMore() {
        synchronized (lock) {
            if (!requested) {
                requested = true;
                request.run();
            }
        }
    }
}

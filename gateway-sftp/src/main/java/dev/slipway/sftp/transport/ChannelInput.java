package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Flushable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.server.channel.ChannelDataReceiver;
import org.apache.sshd.server.channel.ChannelSession;
import org.jspecify.annotations.Nullable;

/**
 * The input of a channel, from the I/O thread to the thread that processes it. Holds no more than the SSH window
 * allows, since the window reopens only for processed bytes: that is the back-pressure. Bytes are copied once here, since the
 * library reuses the memory of a packet.
 *
 * <p>The end of the channel's input comes after all that was sent before it; {@link #discard()} ends it at once.
 */
public final class ChannelInput implements ChannelDataReceiver {
    private static final int SMALLEST_SEGMENT = 4 * 1024;
    private static final int LARGEST_SEGMENT = 32 * 1024;

    /** Consecutive bytes; those from {@code start} to {@code end} were not read yet. */
    private static final class Segment {
        final byte[] bytes;
        int start;
        int end;

        Segment(int capacity) {
            bytes = new byte[capacity];
        }
    }

    private final ReceiveWindow window;
    private final Flushable beforeWaiting;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final ArrayDeque<Segment> segments = new ArrayDeque<>();

    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private boolean discarded;

    /** Bytes returned by the last call, which still count against the window; used by the reader only. */
    private int unreleased;

    /**
     * @param window the channel's receive window
     * @param beforeWaiting is flushed each time before the reader waits for the client
     */
    ChannelInput(ReceiveWindow window, Flushable beforeWaiting) {
        this.window = window;
        this.beforeWaiting = beforeWaiting;
    }

    /** Takes bytes from the I/O thread; never blocks. */
    @Override
    public int data(ChannelSession channel, byte[] bytes, int start, int length) {
        lock.lock();
        try {
            if (discarded) {
                return length;
            }
            int position = start;
            int remaining = length;
            while (remaining > 0) {
                Segment tail = segments.peekLast();
                if (tail == null || tail.end == tail.bytes.length) {
                    tail = new Segment(Math.clamp(remaining, SMALLEST_SEGMENT, LARGEST_SEGMENT));
                    segments.addLast(tail);
                }
                int count = Math.min(remaining, tail.bytes.length - tail.end);
                System.arraycopy(bytes, position, tail.bytes, tail.end, count);
                tail.end += count;
                position += count;
                remaining -= count;
            }
            changed.signalAll();
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /** The client will send no more. */
    @Override
    public void close() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Drops what was not read yet: the channel is gone. */
    void discard() {
        lock.lock();
        try {
            discarded = true;
            segments.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Records a sample of the client's round trip. */
    public void roundTrip(Duration measured) {
        window.roundTrip(measured);
    }

    /**
     * The next bytes. Blocks until there are some.
     *
     * @param limit the most bytes wanted, at least 1
     * @return valid until the next call; null at the end
     */
    public @Nullable ByteBuffer next(int limit) throws IOException {
        release();
        boolean flushed = false;
        lock.lock();
        try {
            while (true) {
                if (discarded) {
                    return null;
                }
                Segment head = segments.peekFirst();
                if (head != null && head.start < head.end) {
                    return take(head, limit);
                }
                if (ended) {
                    return null;
                }
                segments.clear();
                if (flushed) {
                    changed.awaitUninterruptibly();
                } else {
                    lock.unlock();
                    try {
                        beforeWaiting.flush();
                    } finally {
                        lock.lock();
                    }
                    flushed = true;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private ByteBuffer take(Segment head, int limit) {
        int count = Math.min(limit, head.end - head.start);
        ByteBuffer result = ByteBuffer.wrap(head.bytes, head.start, count);
        head.start += count;
        if (head.start == head.bytes.length) {
            segments.removeFirst();
        }
        unreleased = count;
        return result;
    }

    private void release() throws IOException {
        int count = unreleased;
        if (count > 0) {
            unreleased = 0;
            window.release(count);
        }
    }

    /**
     * Fills a buffer. Blocks until that is done.
     *
     * @return false if the input ended before
     */
    public boolean readFully(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            ByteBuffer bytes = next(target.remaining());
            if (bytes == null) {
                return false;
            }
            target.put(bytes);
        }
        return true;
    }
}

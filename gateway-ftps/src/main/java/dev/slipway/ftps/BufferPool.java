package dev.slipway.ftps;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Buffers that transfers take turns in using, since fresh ones are cleared and freed at great cost. */
final class BufferPool {
    /** Bytes of each buffer: several TLS records per system call. */
    static final int BUFFER_SIZE = 128 * 1024;

    private static final int MAX_IDLE = 64;

    private final IntFunction<ByteBuffer> allocation;
    private final ConcurrentLinkedQueue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger idleCount = new AtomicInteger();

    private BufferPool(IntFunction<ByteBuffer> allocation) {
        this.allocation = allocation;
    }

    /** Outside of the heap: for what goes to and comes from sockets as it is. */
    static BufferPool direct() {
        return new BufferPool(ByteBuffer::allocateDirect);
    }

    /** In the heap: for TLS records, since the JDK's AES-GCM copies direct buffers piece by piece, at half the speed. */
    static BufferPool heap() {
        return new BufferPool(ByteBuffer::allocate);
    }

    /** A cleared buffer, which is the caller's until given back. */
    ByteBuffer take() {
        ByteBuffer buffer = idle.poll();
        if (buffer == null) {
            return allocation.apply(BUFFER_SIZE);
        }
        idleCount.decrementAndGet();
        return buffer.clear();
    }

    /** Takes a buffer back that nobody uses any more. */
    void give(ByteBuffer buffer) {
        if (idleCount.incrementAndGet() <= MAX_IDLE) {
            idle.add(buffer);
        } else {
            idleCount.decrementAndGet();
        }
    }
}

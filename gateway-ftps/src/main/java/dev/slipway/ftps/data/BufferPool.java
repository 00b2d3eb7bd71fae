package dev.slipway.ftps.data;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** A pool of transfer buffers, since allocating, clearing and freeing new ones is expensive. */
public final class BufferPool {
    /** Bytes of each buffer: several TLS records per system call. */
    static final int BUFFER_SIZE = 128 * 1024;

    private static final int MAX_IDLE = 64;

    private final IntFunction<ByteBuffer> allocation;
    private final ConcurrentLinkedQueue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger idleCount = new AtomicInteger();

    private BufferPool(IntFunction<ByteBuffer> allocation) {
        this.allocation = allocation;
    }

    /** Direct buffers, for data that goes to and from sockets unchanged. */
    public static BufferPool direct() {
        return new BufferPool(ByteBuffer::allocateDirect);
    }

    /** Heap buffers, for TLS records: the JDK's AES-GCM copies direct buffers piece by piece, at half the speed. */
    public static BufferPool heap() {
        return new BufferPool(ByteBuffer::allocate);
    }

    /** A cleared buffer, to be given back by the caller. */
    public ByteBuffer take() {
        ByteBuffer buffer = idle.poll();
        if (buffer == null) {
            return allocation.apply(BUFFER_SIZE);
        }
        idleCount.decrementAndGet();
        return buffer.clear();
    }

    /** Returns a buffer to the pool. */
    public void give(ByteBuffer buffer) {
        if (idleCount.incrementAndGet() <= MAX_IDLE) {
            idle.add(buffer);
        } else {
            idleCount.decrementAndGet();
        }
    }
}

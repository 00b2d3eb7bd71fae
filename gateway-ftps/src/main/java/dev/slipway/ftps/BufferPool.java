package dev.slipway.ftps;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Direct buffers that transfers take turns in using, since fresh ones are cleared and freed at great cost. */
final class BufferPool {
    /** Bytes of each buffer: several TLS records per system call. */
    static final int BUFFER_SIZE = 128 * 1024;

    private static final int MAX_IDLE = 64;

    private final ConcurrentLinkedQueue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger idleCount = new AtomicInteger();

    /** A cleared buffer, which is the caller's until given back. */
    ByteBuffer take() {
        ByteBuffer buffer = idle.poll();
        if (buffer == null) {
            return ByteBuffer.allocateDirect(BUFFER_SIZE);
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

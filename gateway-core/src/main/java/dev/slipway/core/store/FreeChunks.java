package dev.slipway.core.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * Chunks of direct memory that no transfer holds. They are reused, the last returned first. Chunks that nobody has needed for a
 * minute are left to the garbage collector, so that a burst does not hold memory for ever. Safe for use by several threads.
 */
final class FreeChunks {
    private static final long INTERVAL_NANOS = 60_000_000_000L;

    private final int chunkBytes;
    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private final ArrayDeque<ByteBuffer> chunks = new ArrayDeque<>();

    /** How many chunks were free at the least since the interval began: they were superfluous. */
    @GuardedBy("this")
    private int least;

    @GuardedBy("this")
    private long intervalBegan;

    FreeChunks(int chunkBytes, LongSupplier nanoTime) {
        this.chunkBytes = chunkBytes;
        this.nanoTime = nanoTime;
        this.intervalBegan = nanoTime.getAsLong();
    }

    /** An empty chunk. The caller owns it. */
    ByteBuffer take() {
        synchronized (this) {
            ByteBuffer chunk = chunks.pollFirst();
            least = Math.min(least, chunks.size());
            if (chunk != null) {
                return chunk;
            }
        }
        return ByteBuffer.allocateDirect(chunkBytes);
    }

    /** Takes back a chunk that nobody uses any more. */
    synchronized void add(ByteBuffer chunk) {
        chunks.addFirst(chunk.clear());
        long now = nanoTime.getAsLong();
        if (now - intervalBegan < INTERVAL_NANOS) {
            return;
        }
        for (int i = 0; i < least; i++) {
            chunks.removeLast();
        }
        least = chunks.size();
        intervalBegan = now;
    }

    synchronized int count() {
        return chunks.size();
    }
}

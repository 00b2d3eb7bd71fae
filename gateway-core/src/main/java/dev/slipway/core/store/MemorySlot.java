package dev.slipway.core.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * A transfer's reservation in a {@link PartPool}. Thread-safe. After {@link #close()} the reservation shrinks to the
 * chunks that are still in use, and ends when the last of them is returned.
 */
public final class MemorySlot implements AutoCloseable {
    private final PartPool pool;
    private final String account;

    @GuardedBy("this")
    private int reserved;

    @GuardedBy("this")
    private int extra;

    @GuardedBy("this")
    private int taken;

    @GuardedBy("this")
    private boolean closed;

    MemorySlot(PartPool pool, String account, int reserved) {
        this.pool = pool;
        this.account = account;
        this.reserved = reserved;
    }

    /** The bytes that may still be taken without another reservation. */
    public synchronized long availableBytes() {
        return (long) (reserved - taken) * PartPool.CHUNK_BYTES;
    }

    /** The bytes of the reservation, taken or not. */
    public synchronized long reservedBytes() {
        return (long) reserved * PartPool.CHUNK_BYTES;
    }

    /** Whether so many transfers are open that each should use little. */
    public boolean isCrowded() {
        return pool.isCrowded();
    }

    /** Whether other transfers wait for memory. */
    public boolean isContended() {
        return pool.isContended();
    }

    /**
     * Reserves more, if that is possible at once, no transfer waits for admission, the pool is not crowded, and
     * transfers have not taken too much in this way already.
     *
     * @param bytes rounded up to whole chunks
     */
    public synchronized boolean tryExtend(long bytes) {
        int chunks = PartPool.chunks(bytes);
        if (closed || !pool.tryReserveExtra(account, chunks)) {
            return false;
        }
        reserved += chunks;
        extra += chunks;
        return true;
    }

    /**
     * Closes this slot and reserves more memory for the same transfer; holds nothing while waiting for it. It comes
     * before transfers of its account that have not started, and needs the same amount again to stay free for others.
     *
     * @throws StoreException {@link Failure#BUSY} if the memory did not become free in time; this slot is closed in any
     *     case
     */
    public MemorySlot exchange(long bytes, Duration wait) throws StoreException {
        return pool.grow(this, account, bytes, wait);
    }

    /**
     * Returns what is reserved beyond an amount and not taken.
     *
     * @param bytes what to keep available, rounded up to whole chunks
     */
    public synchronized void shrinkTo(long bytes) {
        int keep = Math.max(taken, taken + PartPool.chunks(bytes));
        if (reserved > keep) {
            int returned = reserved - keep;
            int returnedExtra = Math.min(extra, returned);
            pool.unreserve(account, returned, returnedExtra);
            extra -= returnedExtra;
            reserved = keep;
        }
    }

    /**
     * Takes a chunk of {@value PartPool#CHUNK_BYTES} bytes, cleared. Never blocks.
     *
     * @throws IllegalStateException if the reservation is used up
     */
    public synchronized ByteBuffer take() {
        if (closed || taken == reserved) {
            throw new IllegalStateException(closed ? "the slot is closed" : "the reservation is used up");
        }
        ByteBuffer chunk = pool.takeChunk();
        taken++;
        return chunk;
    }

    /**
     * Returns a chunk.
     *
     * @param reusable false if something may still read from it: it is then left to the garbage collector
     */
    public synchronized void giveBack(ByteBuffer chunk, boolean reusable) {
        pool.returnChunk(chunk, reusable);
        taken--;
        if (closed) {
            shrinkTo(0);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            pool.closed();
        }
        closed = true;
        shrinkTo(0);
    }
}

package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One budget of direct memory for the bytes that are on their way to or from the store. A transfer reserves what it may
 * use when it is opened; what it does use is taken chunk by chunk as bytes arrive, so that a file of one byte holds one
 * chunk. Reservations never exceed the budget, and chunks never exceed the reservation.
 *
 * <p>Safe for use by several threads.
 */
public final class PartPool {
    /** The size of a chunk, in bytes. */
    public static final int CHUNK_BYTES = 64 * 1024;

    private final int budgetChunks;
    private final Semaphore unreserved;
    private final Semaphore unusedExtra;
    private final ConcurrentLinkedQueue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicLong chunksInUse = new AtomicLong();

    /**
     * @param budgetBytes the most bytes that can be reserved at once, from {@value #CHUNK_BYTES} to 128 TiB; rounded
     *     down to whole chunks
     * @param extraBytes how much of it, at the most, all transfers together may take beyond what they reserved when they
     *     were opened: the rest stays for those who come, however fast the present ones are
     */
    PartPool(long budgetBytes, long extraBytes) {
        long chunks = budgetBytes / CHUNK_BYTES;
        if (chunks < 1 || chunks > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the budget must be at least " + CHUNK_BYTES + " bytes, not " + budgetBytes);
        }
        budgetChunks = (int) chunks;
        unreserved = new Semaphore(budgetChunks, true);
        unusedExtra = new Semaphore(Math.clamp(extraBytes / CHUNK_BYTES, 0, budgetChunks));
    }

    /**
     * Memory for uploads. A quarter of it speeds up those that are alone; the rest admits.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forUploads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4);
    }

    /**
     * Memory for downloads. Most of it reads ahead, since a download needs little to begin with.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forDownloads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4 * 3);
    }

    /** The most bytes that can be reserved. */
    public long budgetBytes() {
        return (long) budgetChunks * CHUNK_BYTES;
    }

    /** The bytes that are reserved now; 0 when no transfer is open. */
    public long reservedBytes() {
        return (long) (budgetChunks - unreserved.availablePermits()) * CHUNK_BYTES;
    }

    /** The bytes of the chunks that transfers hold now; 0 when no transfer is open. */
    public long usedBytes() {
        return chunksInUse.get() * CHUNK_BYTES;
    }

    /**
     * Reserves memory for a transfer. Those who wait are served in the order in which they came.
     *
     * @param bytes how much to reserve, up to the budget; rounded up to whole chunks
     * @param wait the longest time to wait for it; zero to not wait at all
     * @throws StoreException {@link Failure#BUSY} if it could not be had in time, {@link Failure#TOO_LARGE} if it is more
     *     than the budget, {@link Failure#ABORTED} if the thread was interrupted
     */
    public WriteSlot admit(long bytes, Duration wait) throws StoreException {
        int chunks = chunks(bytes);
        if (chunks > budgetChunks) {
            throw new StoreException(
                    Failure.TOO_LARGE, "a reservation of " + bytes + " bytes exceeds the budget of " + budgetBytes());
        }
        try {
            if (!unreserved.tryAcquire(chunks, wait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new StoreException(
                        Failure.BUSY, "the part memory of " + budgetBytes() + " bytes is in use by other transfers");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while waiting for part memory", e);
        }
        return new WriteSlot(this, chunks);
    }

    /** Takes more only if nobody is waiting for admission. */
    boolean tryReserveExtra(int chunks) {
        if (isCrowded() || !unusedExtra.tryAcquire(chunks)) {
            return false;
        }
        boolean reserved = false;
        try {
            // The timed form is the one that does not overtake those who wait.
            reserved = unreserved.tryAcquire(chunks, 0, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!reserved) {
            unusedExtra.release(chunks);
        }
        return reserved;
    }

    /** Whether so many transfers are open that each should make do with little: more than half of the budget is reserved. */
    boolean isCrowded() {
        return unreserved.availablePermits() < budgetChunks / 2;
    }

    /** Whether somebody waits for admission. */
    boolean isContended() {
        return unreserved.hasQueuedThreads();
    }

    void unreserve(int chunks, int ofThemExtra) {
        unusedExtra.release(ofThemExtra);
        unreserved.release(chunks);
    }

    ByteBuffer takeChunk() {
        ByteBuffer chunk = free.poll();
        if (chunk == null) {
            chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        }
        chunksInUse.incrementAndGet();
        return chunk;
    }

    void returnChunk(ByteBuffer chunk, boolean reusable) {
        chunksInUse.decrementAndGet();
        if (reusable) {
            free.add(chunk.clear());
        }
    }

    static int chunks(long bytes) {
        return Math.toIntExact((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.store.PartPool;

/**
 * The memory that all file systems of a process may use besides the parts of transfers.
 *
 * @param earlyBlocks direct memory for out-of-order blocks of uploads
 * @param listings for directory entries that were fetched and not sent yet; counts bytes of the heap
 */
public record SharedMemory(PartPool earlyBlocks, PartPool listings) {
    private static final long DEFAULT_BYTES = 32L << 20;

    /** 32 MiB of each. */
    public static SharedMemory defaults() {
        return of(DEFAULT_BYTES, DEFAULT_BYTES);
    }

    /**
     * Budgets of these sizes.
     *
     * @param earlyBlocks bytes, at least {@value PartPool#CHUNK_BYTES}
     * @param listings bytes, at least {@value PartPool#CHUNK_BYTES}
     */
    public static SharedMemory of(long earlyBlocks, long listings) {
        return new SharedMemory(PartPool.forReservations(earlyBlocks), PartPool.forReservations(listings));
    }
}

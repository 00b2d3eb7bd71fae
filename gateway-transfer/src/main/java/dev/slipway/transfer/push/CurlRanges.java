package dev.slipway.transfer.push;

import dev.slipway.transfer.push.Checkpoint.Piece;

/** How large the ranges of a transfer are, by what has become of earlier ones. Safe for use by several threads. */
final class CurlRanges {
    /**
     * The bytes of a range: an eighth of a piece, within these bounds, and half as many after each broken connection.
     * Complete ranges are known to be stored, whatever happens to the connection and on whatever system; each costs a
     * request.
     */
    private static final long LEAST_BYTES = 16L << 20;

    private static final long LARGEST_BYTES = 128L << 20;

    /** The first range, which shows that the remote gets what it asks for, and the least after broken connections. */
    private static final long FIRST_BYTES = 1L << 20;

    private volatile boolean proven;
    private volatile long largest = LARGEST_BYTES;

    /** The bytes of the next range. */
    long next(Piece piece, boolean first) {
        long usual = Math.clamp((piece.end() - piece.offset()) / 8, LEAST_BYTES, LARGEST_BYTES);
        return first && !proven ? FIRST_BYTES : Math.min(largest, usual);
    }

    /** The remote has got a range that it has asked for. */
    void proven() {
        proven = true;
    }

    boolean areProven() {
        return proven;
    }

    /** A connection broke in a range of this size. */
    synchronized void broken(long bytes) {
        largest = Math.max(FIRST_BYTES, Math.min(largest, bytes / 2));
    }
}

package dev.slipway.core.store.upload;

import dev.slipway.core.store.PartPool;

/**
 * The sizes of the parts of a multipart upload: small ones first, so that little memory carries most uploads, and larger
 * ones as parts accumulate, since S3 takes 10,000 of them
 * (<a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html">S3, multipart upload limits</a>).
 */
public final class PartSizes {
    public static final int MAX_PARTS = 10_000;
    static final long MIN_PART_BYTES = 5L << 20;
    private static final long MAX_PART_BYTES = 5L << 30;
    private static final long MAX_OBJECT_BYTES = 10_000L * (5L << 30);
    private static final int PARTS_PER_STEP = 500;

    /** Most of the numbers are for what is added, and the parts behind not too large for it. */
    private static final int MOST_COPIES = 1000;

    private final long first;
    private final long largest;
    private final boolean equal;
    private final int partsPerStep;

    /**
     * @param first bytes of the first part
     * @param largest bytes that no part may exceed, because memory holds each part whole
     * @param equal whether all parts but the last must have one size, as some stores demand
     */
    public PartSizes(long first, long largest, boolean equal) {
        this(first, largest, equal, PARTS_PER_STEP);
    }

    /** With another number of parts after which they grow, so that tests need no large objects. */
    public PartSizes(long first, long largest, boolean equal, int partsPerStep) {
        this.partsPerStep = partsPerStep;
        this.first = first;
        this.largest = Math.clamp(largest, first, MAX_PART_BYTES);
        this.equal = equal;
    }

    /**
     * Those that fit a budget.
     *
     * @param parts the memory that parts live in
     * @param first bytes of the first part, 5 MiB to a quarter of the budget
     */
    public static PartSizes of(PartPool parts, long first) {
        if (first < MIN_PART_BYTES || first > parts.budgetBytes() / 4) {
            throw new IllegalArgumentException("the part size must be from 5 MiB to a quarter of the part memory ("
                    + parts.budgetBytes() / 4 + " bytes), but is " + first);
        }
        return new PartSizes(first, parts.budgetBytes() / 4, false);
    }

    /** The size of a part in bytes; parts are counted from 1. */
    public long bytes(int partNumber) {
        if (equal) {
            return first;
        }
        int step = (partNumber - 1) / partsPerStep;
        return Math.min(largest, first << Math.min(step, 20));
    }

    /** The size from which on a part may be sent although it could hold more. */
    long leastBytes(int partNumber) {
        return equal || partNumber > partsPerStep ? bytes(partNumber) : Math.min(first, MIN_PART_BYTES);
    }

    /** Whether a part of this size, which the store has, can be followed by others. */
    boolean canBeFollowed(int partNumber, long bytes) {
        return equal ? bytes == bytes(partNumber) : bytes >= Math.min(first, MIN_PART_BYTES);
    }

    /** The smallest part that can be followed by others, where all are of one size that one. */
    private long leastBytes() {
        return equal ? first : Math.min(first, MIN_PART_BYTES);
    }

    /**
     * How many bytes of an object must be read where a range of it is to become a part of another version: what the part
     * in front of it lacks that others can follow it, or all of it where it is too small to be copied.
     *
     * @param fill the bytes of the part in front, 0 if there is none
     * @param range the bytes of the range, at least 1
     * @param source the bytes of the whole object: S3 copies no ranges of those up to 5 MiB
     * @return 0 if the part in front can be sent, and then {@link #copies} of the range be made
     */
    long bytesToRead(long fill, long range, long source) {
        long least = leastBytes();
        boolean complete = fill == 0 || (equal ? fill == first : fill >= least);
        long lacking = complete ? 0 : least - fill;
        return source <= MIN_PART_BYTES || range - lacking < least ? range : lacking;
    }

    /**
     * The parts that a range is copied in.
     *
     * @param range at least what {@link #bytesToRead} leaves to be copied
     * @param wanted the size of a part, where that does not make too many of them
     */
    Copies copies(long range, long wanted) {
        if (equal) {
            return new Copies(range - range % first, range / first);
        }
        long part = Math.clamp(Math.max(wanted, range / MOST_COPIES), leastBytes(), MAX_PART_BYTES);
        // Each is one and a part of another, or if that could be too large, a bit less than one.
        long count = part > MAX_PART_BYTES / 2 ? Math.ceilDiv(range, part) : range / part;
        return new Copies(range, Math.max(1, count));
    }

    /**
     * Parts of about one size.
     *
     * @param bytes of all of them
     * @param count how many
     */
    record Copies(long bytes, long count) {
        /** Where a part begins, counted from 0; where all of them end, for their count. */
        long offset(int part) {
            return bytes / count * part + Math.min(part, bytes % count);
        }
    }

    /** What all parts together can hold in any case, in bytes. */
    public long largestObject() {
        long sum = 0;
        for (int part = 1; part <= MAX_PARTS; part++) {
            sum += leastBytes(part);
        }
        return Math.min(sum, MAX_OBJECT_BYTES);
    }
}

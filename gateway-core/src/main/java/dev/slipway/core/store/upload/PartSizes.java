package dev.slipway.core.store.upload;

import dev.slipway.core.store.PartPool;

/**
 * The sizes of the parts of a multipart upload: small at first, so that most uploads need little memory, and larger as
 * parts accumulate, since S3 allows 10,000 of them (<a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html">S3, multipart upload limits</a>).
 */
public final class PartSizes {
    public static final int MAX_PARTS = 10_000;
    static final long MIN_PART_BYTES = 5L << 20;
    private static final long MAX_PART_BYTES = 5L << 30;
    private static final long MAX_OBJECT_BYTES = 10_000L * (5L << 30);
    private static final int PARTS_PER_STEP = 500;

    /** Copies use few of the part numbers, so that many are left for new bytes and their parts stay small. */
    private static final int MOST_COPIES = 1000;

    private final long first;
    private final long largest;
    private final boolean equal;
    private final int partsPerStep;

    /**
     * @param first the size of the first part in bytes
     * @param largest the largest size of a part in bytes, since memory holds each part whole
     * @param equal whether all parts but the last must have the same size, as some stores demand
     */
    public PartSizes(long first, long largest, boolean equal) {
        this(first, largest, equal, PARTS_PER_STEP);
    }

    /** With another number of parts after which the size grows, so that tests need no large objects. */
    public PartSizes(long first, long largest, boolean equal, int partsPerStep) {
        this.partsPerStep = partsPerStep;
        this.first = first;
        this.largest = Math.clamp(largest, first, MAX_PART_BYTES);
        this.equal = equal;
    }

    /**
     * The sizes for a budget.
     *
     * @param parts the memory for parts
     * @param first the size of the first part in bytes, 5 MiB to a quarter of the budget
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

    /** The size from which a part may be sent early. */
    long leastBytes(int partNumber) {
        return equal || partNumber > partsPerStep ? bytes(partNumber) : Math.min(first, MIN_PART_BYTES);
    }

    /** Whether other parts can follow a stored part of this size. */
    boolean canBeFollowed(int partNumber, long bytes) {
        return equal ? bytes == bytes(partNumber) : bytes >= Math.min(first, MIN_PART_BYTES);
    }

    /** The smallest size of a part that others can follow; the common size if all parts must be equal. */
    private long leastBytes() {
        return equal ? first : Math.min(first, MIN_PART_BYTES);
    }

    /**
     * How many bytes of a range must be read because the store cannot copy them: what the preceding part needs so that
     * others can follow it, or the whole range if it is too small to be copied.
     *
     * @param fill the bytes of the preceding part, 0 if there is none
     * @param range the bytes of the range, at least 1
     * @param source the bytes of the whole object: S3 copies no ranges of objects of up to 5 MiB
     * @return 0 if the preceding part can be sent and {@link #copies} be made of the range
     */
    long bytesToRead(long fill, long range, long source) {
        long least = leastBytes();
        boolean complete = fill == 0 || (equal ? fill == first : fill >= least);
        long lacking = complete ? 0 : least - fill;
        return source <= MIN_PART_BYTES || range - lacking < least ? range : lacking;
    }

    /**
     * The parts in which a range is copied.
     *
     * @param range at least what {@link #bytesToRead} leaves to be copied
     * @param wanted the size of a part, unless that makes too many of them
     */
    Copies copies(long range, long wanted) {
        if (equal) {
            return new Copies(range - range % first, range / first);
        }
        long part = Math.clamp(Math.max(wanted, range / MOST_COPIES), leastBytes(), MAX_PART_BYTES);
        // Each part is between one and two times the wanted size; if that could be too large, at most the wanted size.
        long count = part > MAX_PART_BYTES / 2 ? Math.ceilDiv(range, part) : range / part;
        return new Copies(range, Math.max(1, count));
    }

    /**
     * Parts of nearly equal size.
     *
     * @param bytes the size of all parts together
     * @param count the number of parts
     */
    record Copies(long bytes, long count) {
        /** The offset of a part, counted from 0; the end of the last part, for the number of parts. */
        long offset(int part) {
            return bytes / count * part + Math.min(part, bytes % count);
        }
    }

    /** The size of the largest object that the parts can hold in any case, in bytes. */
    public long largestObject() {
        long sum = 0;
        for (int part = 1; part <= MAX_PARTS; part++) {
            sum += leastBytes(part);
        }
        return Math.min(sum, MAX_OBJECT_BYTES);
    }
}

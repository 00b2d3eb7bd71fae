package dev.slipway.core.store.s3;

/**
 * The sizes of the parts of a multipart upload: small ones first, so that little memory carries most uploads, and larger
 * ones as parts accumulate, since S3 takes 10,000 of them
 * (<a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html">S3, multipart upload limits</a>).
 */
final class PartSizes {
    static final int MAX_PARTS = 10_000;
    static final long MIN_PART_BYTES = 5L << 20;
    private static final long MAX_PART_BYTES = 5L << 30;
    private static final long MAX_OBJECT_BYTES = 10_000L * (5L << 30);
    private static final int PARTS_PER_STEP = 500;

    private final long first;
    private final long largest;
    private final boolean equal;
    private final int partsPerStep;

    /**
     * @param first bytes of the first part
     * @param largest bytes that no part may exceed, because memory holds each part whole
     * @param equal whether all parts but the last must have one size, as some stores demand
     */
    PartSizes(long first, long largest, boolean equal) {
        this(first, largest, equal, PARTS_PER_STEP);
    }

    /** With another number of parts after which they grow, so that tests need no large objects. */
    PartSizes(long first, long largest, boolean equal, int partsPerStep) {
        this.partsPerStep = partsPerStep;
        this.first = first;
        this.largest = Math.clamp(largest, first, MAX_PART_BYTES);
        this.equal = equal;
    }

    /** The size of a part in bytes; parts are counted from 1. */
    long bytes(int partNumber) {
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

    /** What all parts together can hold in any case, in bytes. */
    long largestObject() {
        long sum = 0;
        for (int part = 1; part <= MAX_PARTS; part++) {
            sum += leastBytes(part);
        }
        return Math.min(sum, MAX_OBJECT_BYTES);
    }
}

package dev.slipway.core.s3.memory;

/**
 * A call of an operation, for a fault to be picked by.
 *
 * @param operation which
 * @param bucket the bucket that it is about; of a copy the target's
 * @param key the key that it is about, of a copy the target's; a prefix for listings, and empty for several objects
 * @param bytes of the body that is sent, or of the range that is asked for; 0 where there is neither
 */
public record Call(Operation operation, String bucket, String key, long bytes) {
    /** The operations. */
    public enum Operation {
        HEAD,
        LIST,
        GET,
        TAGS,
        PUT,
        CREATE_MULTIPART_UPLOAD,
        UPLOAD_PART,
        UPLOAD_PART_COPY,
        COMPLETE_MULTIPART_UPLOAD,
        ABORT_MULTIPART_UPLOAD,
        LIST_PARTS,
        LIST_MULTIPART_UPLOADS,
        COPY,
        DELETE,
        DELETE_MANY
    }

    /** Whether this is a call of an operation. */
    public boolean is(Operation other) {
        return operation == other;
    }

    /** Whether this is a call of an operation about a key. */
    public boolean is(Operation other, String otherKey) {
        return operation == other && key.equals(otherKey);
    }
}

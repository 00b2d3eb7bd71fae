package dev.slipway.core.s3.memory;

/**
 * A call of an operation, for selecting faults.
 *
 * @param operation the operation
 * @param bucket the bucket; the target's for a copy
 * @param key the key, for a copy the target's; a prefix for listings, and empty for several objects
 * @param bytes the bytes of the body that is sent, or of the requested range; 0 without either
 */
public record Call(Operation operation, String bucket, String key, long bytes) {
    /** The operations. */
    public enum Operation {
        HEAD,
        LIST,
        GET,
        TAGS,
        PUT_TAGS,
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

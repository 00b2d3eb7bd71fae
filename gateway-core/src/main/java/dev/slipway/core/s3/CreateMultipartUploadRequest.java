package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;

/**
 * Asks to begin a multipart upload.
 *
 * @param checksums what its parts will be sent with
 */
public record CreateMultipartUploadRequest(ObjectKey key, ObjectDescription description, PartChecksums checksums) {
    /** What the parts of an upload are sent with. */
    public enum PartChecksums {
        /** Nothing. */
        NONE,
        /** The CRC-32 of each. The object will have a checksum of those. */
        CRC32,
        /** The CRC-32 of each. The object will have that of all its bytes, if the store keeps such. */
        CRC32_OF_WHOLE_OBJECT
    }
}

package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;

/**
 * A request to create a multipart upload.
 *
 * @param checksums the checksums that its parts will be sent with
 */
public record CreateMultipartUploadRequest(ObjectKey key, ObjectDescription description, PartChecksums checksums) {
    /** The checksums that the parts of an upload are sent with. */
    public enum PartChecksums {
        /** Nothing. */
        NONE,
        /** The CRC-32 of each part. The object will have a checksum of those. */
        CRC32,
        /** The CRC-32 of each part. The object will have the CRC-32 of all its bytes, if the store supports that. */
        CRC32_OF_WHOLE_OBJECT
    }
}

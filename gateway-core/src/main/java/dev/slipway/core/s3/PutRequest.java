package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * A request to store an object.
 *
 * @param crc32 the CRC-32 of the bytes, in Base64, for the store to verify and keep; null to send none
 */
public record PutRequest(
        ObjectKey key,
        ObjectDescription description,
        Precondition condition,
        @Nullable String crc32) {
    /** An object without conditions or checksum. */
    public static PutRequest of(ObjectKey key) {
        return new PutRequest(key, ObjectDescription.NONE, Precondition.NONE, null);
    }

    /** The same request with a description. */
    public PutRequest withDescription(ObjectDescription other) {
        return new PutRequest(key, other, condition, crc32);
    }

    /** The same request with a condition. */
    public PutRequest withCondition(Precondition other) {
        return new PutRequest(key, description, other, crc32);
    }

    /** The same request with a checksum. */
    public PutRequest withCrc32(@Nullable String base64) {
        return new PutRequest(key, description, condition, base64);
    }
}

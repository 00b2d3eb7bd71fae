package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * A request to store a part.
 *
 * @param partNumber 1 to 10,000
 * @param crc32 the CRC-32 of the bytes, in Base64, for the store to verify and keep; null to send none
 * @param md5 the MD5 of the bytes, in Base64, for the store to verify; null to send none
 */
public record UploadPartRequest(
        ObjectKey key,
        String uploadId,
        int partNumber,
        @Nullable String crc32,
        @Nullable String md5) {}

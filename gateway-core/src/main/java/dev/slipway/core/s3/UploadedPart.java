package dev.slipway.core.s3;

import org.jspecify.annotations.Nullable;

/**
 * A part that the store has confirmed, as the completion of its upload must list it.
 *
 * @param partNumber 1 to 10,000
 * @param etag its ETag, as the store returned it; empty if it returned none
 * @param crc32 its CRC-32 in Base64; null if it was sent without
 */
public record UploadedPart(
        int partNumber, String etag, @Nullable String crc32) {}

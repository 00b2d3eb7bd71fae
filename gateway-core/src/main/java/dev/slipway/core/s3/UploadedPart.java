package dev.slipway.core.s3;

import org.jspecify.annotations.Nullable;

/**
 * A part that the store has confirmed, as the completion of its upload must name it.
 *
 * @param partNumber 1 to 10,000
 * @param etag its entity tag, as the store gave it; empty if it gave none
 * @param crc32 its CRC-32 in Base64; null where it was sent without
 */
public record UploadedPart(
        int partNumber, String etag, @Nullable String crc32) {}

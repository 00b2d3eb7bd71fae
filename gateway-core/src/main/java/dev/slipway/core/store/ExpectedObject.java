package dev.slipway.core.store;

import org.jspecify.annotations.Nullable;

/**
 * What an object will be when the store has completed its upload.
 *
 * @param etag the ETag, quotes included; empty if it cannot be computed
 * @param crc32 the CRC-32 of the whole object as S3 shows it, in Base64; null if it is not known
 * @param bytes the size; negative if it is not known
 */
public record ExpectedObject(String etag, @Nullable String crc32, long bytes) {}

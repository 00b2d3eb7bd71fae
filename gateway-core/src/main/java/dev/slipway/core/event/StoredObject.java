package dev.slipway.core.event;

import org.jspecify.annotations.Nullable;

/**
 * The object that an upload has become.
 *
 * @param bucket its bucket
 * @param key its key
 * @param etag its ETag, without quotes; empty if the store returned none
 * @param versionId its version; null if the bucket has no versions, or the store did not tell
 * @param bytes its size
 */
public record StoredObject(
        String bucket, String key, String etag, @Nullable String versionId, long bytes) {}

package dev.slipway.transfer.push;

import org.jspecify.annotations.Nullable;

/**
 * One version of the source. All pieces belong to the same.
 *
 * @param size bytes
 * @param etag the ETag, quotes included; empty if the store returns none
 * @param modified when it was written, in seconds since 1970; 0 if not known
 * @param versionId the store's version id, if the order named one
 */
record SourceVersion(
        long size, String etag, long modified, @Nullable String versionId) {
    /** Identifies this version among all others. */
    String id() {
        return etag + "@" + modified;
    }
}

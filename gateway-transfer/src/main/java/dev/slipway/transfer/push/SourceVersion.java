package dev.slipway.transfer.push;

import org.jspecify.annotations.Nullable;

/**
 * One version of what is sent. All pieces are of the same.
 *
 * @param size bytes
 * @param etag the entity tag, quotes included; empty if the store gives none
 * @param modified when it was written, in seconds since 1970; 0 if that is not known
 * @param versionId the store's id, where the order named one
 */
record SourceVersion(
        long size, String etag, long modified, @Nullable String versionId) {
    /** What tells it from every other version. */
    String id() {
        return etag + "@" + modified;
    }
}

package dev.slipway.core.store;

import org.jspecify.annotations.Nullable;

/**
 * The version of an object that a request has written.
 *
 * @param etag the ETag as the store returned it, quotes included; empty if it returned none
 * @param versionId the store's version id; null if the bucket has no versions, or the answer did not name it
 */
public record StoredVersion(String etag, @Nullable String versionId) {
    /** A version without an id. */
    public static StoredVersion of(String etag) {
        return new StoredVersion(etag, null);
    }

    /** The ETag without quotes, as users see it; empty if the store returned none. */
    public String plainEtag() {
        return etag.replace("\"", "");
    }
}

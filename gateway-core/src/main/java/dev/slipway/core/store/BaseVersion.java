package dev.slipway.core.store;

/**
 * The version of an object that an upload changes. Retained bytes come from this version, and the commit succeeds only
 * if it is still the newest.
 *
 * @param etag the ETag, quotes included; never empty
 * @param bytes its size
 */
public record BaseVersion(String etag, long bytes) {
    public BaseVersion {
        if (etag.isEmpty()) {
            throw new IllegalArgumentException("a version without an ETag cannot be identified");
        }
    }
}

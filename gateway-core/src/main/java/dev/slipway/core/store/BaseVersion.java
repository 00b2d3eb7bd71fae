package dev.slipway.core.store;

/**
 * The version of an object that an upload changes: the bytes that it keeps are this version's, and it takes effect only
 * if this is still there.
 *
 * @param etag the entity tag, quotes included; never empty
 * @param bytes its size
 */
public record BaseVersion(String etag, long bytes) {
    public BaseVersion {
        if (etag.isEmpty()) {
            throw new IllegalArgumentException("without an entity tag no version can be told from another");
        }
    }
}

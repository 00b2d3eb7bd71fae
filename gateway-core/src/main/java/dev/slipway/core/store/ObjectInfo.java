package dev.slipway.core.store;

import java.time.Instant;

/**
 * What a store says of one version of an object.
 *
 * @param key the object
 * @param size bytes
 * @param etag the entity tag as the store gives it, quotes included; empty where the store gave none
 * @param lastModified when the store says that this version was written, in whole seconds: listings carry a finer time
 *     than HEAD does, and both must name the same version
 */
public record ObjectInfo(ObjectKey key, long size, String etag, Instant lastModified) {
    public ObjectInfo {
        lastModified = Instant.ofEpochSecond(lastModified.getEpochSecond());
    }

    /** What tells this version from every other of the same key, for rows of the state database. */
    public String version() {
        return etag + "@" + lastModified.getEpochSecond();
    }
}

package dev.slipway.core.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a store says of one version of an object.
 *
 * @param key the object
 * @param size bytes
 * @param etag the entity tag as the store gives it, quotes included; empty where the store gave none
 * @param lastModified when the store says that this version was written, in whole seconds: listings carry a finer time
 *     than HEAD does, and both must name the same version
 * @param versionId the store's id of the version, where it was asked for by that; otherwise null
 */
public record ObjectInfo(
        ObjectKey key,
        long size,
        String etag,
        Instant lastModified,
        @Nullable String versionId) {
    public ObjectInfo {
        lastModified = Instant.ofEpochSecond(lastModified.getEpochSecond());
    }

    /** The newest version. */
    public ObjectInfo(ObjectKey key, long size, String etag, Instant lastModified) {
        this(key, size, etag, lastModified, null);
    }

    /** What tells this version from every other of the same key, for rows of the state database. */
    public String version() {
        return etag + "@" + lastModified.getEpochSecond();
    }
}

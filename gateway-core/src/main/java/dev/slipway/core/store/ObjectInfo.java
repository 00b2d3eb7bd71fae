package dev.slipway.core.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the store reports about one version of an object.
 *
 * @param key the object
 * @param size bytes
 * @param etag the ETag as the store returns it, quotes included; empty if the store returned none
 * @param lastModified when this version was written, in whole seconds: listings return a finer time than HEAD does, and
 *     both must identify the same version
 * @param versionId the store's version id, if the version was requested by it; otherwise null
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

    /** Identifies this version among all versions of its key, for rows of the state database. */
    public String version() {
        return etag + "@" + lastModified.getEpochSecond();
    }
}

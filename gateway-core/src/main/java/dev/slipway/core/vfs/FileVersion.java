package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;
import java.time.Instant;

/**
 * Which version of a file is meant, for changes that must not happen to a newer one.
 *
 * @param etag the ETag as the store returns it, quotes included; empty if the store returned none
 * @param stored when the store has written it, in whole seconds; not the time that clients see
 */
public record FileVersion(String etag, Instant stored) {
    /** The version of an object. */
    public static FileVersion of(ObjectInfo object) {
        return new FileVersion(object.etag(), object.lastModified());
    }
}

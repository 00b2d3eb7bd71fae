package dev.slipway.core.archive;

import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import java.util.UUID;

/**
 * An object that contains others. It never changes.
 *
 * @param id names the archive in the state database
 * @param name of its definition in the settings
 * @param key the object
 * @param etag the object's ETag, quotes included
 * @param members how many objects it contains
 * @param bytes the object's size
 * @param created when the store confirmed it
 */
public record Archive(
        UUID id, String name, ObjectKey key, String etag, Format format, long members, long bytes, Instant created) {
    /** How members are stored. */
    public enum Format {
        /** A tar file. Each member's content is a range of the object. */
        TAR,

        /**
         * A tar file that is compressed with zstd, in frames with a window of at most 2 MiB. A member is read from the
         * beginning of a frame.
         */
        TAR_ZSTD
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.VirtualPath;
import java.time.Instant;

/**
 * What every stat and every listing says of a file or directory.
 *
 * @param path where it is
 * @param directory whether it is a directory
 * @param size bytes; 0 for a directory
 * @param modified the time that a client has set, otherwise when the object was stored; whole seconds
 * @param writable whether the account may change it
 * @param partial whether it is what the store has of an upload that was cut off: the size is where to go on, and the time
 *     is no file's
 */
public record FileEntry(
        VirtualPath path, boolean directory, long size, Instant modified, boolean writable, boolean partial) {
    /** A directory, or a file that is whole. */
    public FileEntry(VirtualPath path, boolean directory, long size, Instant modified, boolean writable) {
        this(path, directory, size, modified, writable, false);
    }

    /** The last segment of the path. */
    public String name() {
        return path.name();
    }
}

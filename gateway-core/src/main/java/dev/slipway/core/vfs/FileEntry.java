package dev.slipway.core.vfs;

import dev.slipway.core.VirtualPath;
import java.time.Instant;

/**
 * The attributes of a file or directory, as stat and listings show them.
 *
 * @param path the virtual path
 * @param directory whether it is a directory
 * @param size bytes; 0 for a directory
 * @param modified the time that a client set, otherwise when the object was stored; whole seconds
 * @param writable whether the account may change it
 * @param partial whether this is an interrupted upload: the size is its restart offset, and the time is no file's
 */
public record FileEntry(
        VirtualPath path, boolean directory, long size, Instant modified, boolean writable, boolean partial) {
    /** A directory or a complete file. */
    public FileEntry(VirtualPath path, boolean directory, long size, Instant modified, boolean writable) {
        this(path, directory, size, modified, writable, false);
    }

    /** The last segment of the path. */
    public String name() {
        return path.name();
    }
}

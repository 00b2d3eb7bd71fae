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
 */
public record FileEntry(VirtualPath path, boolean directory, long size, Instant modified, boolean writable) {
    /** The last segment of the path. */
    public String name() {
        return path.name();
    }
}

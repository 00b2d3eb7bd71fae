package dev.slipway.core.vfs;

import dev.slipway.core.PosixAttributes;
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
 * @param posix the mode, owner and group that a client set, if the account keeps them
 */
public record FileEntry(
        VirtualPath path,
        boolean directory,
        long size,
        Instant modified,
        boolean writable,
        boolean partial,
        PosixAttributes posix) {
    /** Without a mode, an owner and a group. */
    public FileEntry(
            VirtualPath path, boolean directory, long size, Instant modified, boolean writable, boolean partial) {
        this(path, directory, size, modified, writable, partial, PosixAttributes.NONE);
    }

    /** A directory or a complete file. */
    public FileEntry(VirtualPath path, boolean directory, long size, Instant modified, boolean writable) {
        this(path, directory, size, modified, writable, false);
    }

    /** The same, with the mode, owner and group. */
    FileEntry with(PosixAttributes attributes) {
        return new FileEntry(path, directory, size, modified, writable, partial, attributes);
    }

    /** The file type and the permission bits, as {@code stat} has them. */
    public int typeAndMode() {
        return posix.typeAndMode(directory, writable);
    }

    /** The last segment of the path. */
    public String name() {
        return path.name();
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectInfo;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

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
 * @param version which version of the file this is; null for a directory or an upload, after a commit, and in listings
 */
public record FileEntry(
        VirtualPath path,
        boolean directory,
        long size,
        Instant modified,
        boolean writable,
        boolean partial,
        PosixAttributes posix,
        @Nullable FileVersion version) {
    /** Without a mode, an owner and a group, and without its version. */
    public FileEntry(
            VirtualPath path, boolean directory, long size, Instant modified, boolean writable, boolean partial) {
        this(path, directory, size, modified, writable, partial, PosixAttributes.NONE, null);
    }

    /** A directory, or a file without its version. */
    public FileEntry(VirtualPath path, boolean directory, long size, Instant modified, boolean writable) {
        this(path, directory, size, modified, writable, false);
    }

    /** A complete file. */
    static FileEntry of(VirtualPath path, ObjectInfo object, Instant modified, boolean writable) {
        return new FileEntry(
                path, false, object.size(), modified, writable, false, PosixAttributes.NONE, FileVersion.of(object));
    }

    /** The same, with the mode, owner and group. */
    FileEntry with(PosixAttributes attributes) {
        return new FileEntry(path, directory, size, modified, writable, partial, attributes, version);
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

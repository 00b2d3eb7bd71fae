package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Keeps the changes of one path apart. Everything here waits for a while, and then fails as {@link Failure#BUSY}. */
final class ChangeLocks {
    /** Long enough for a large rename of the same path to end. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(60);

    /** Long enough for the rename of a small directory. A client learns sooner of that of a large one. */
    private static final Duration RENAME_WAIT = Duration.ofSeconds(5);

    private final ObjectFileSystems shared;
    private final AccountAccess access;

    ChangeLocks(ObjectFileSystems shared, AccountAccess access) {
        this.shared = shared;
        this.access = access;
    }

    /** Fails while a location lies in a directory that is being renamed. */
    void requireNoRename(ObjectLocation location) throws VfsException {
        shared.renames.requireNone(location.path(), List.of(location.file()), access.name(), RENAME_WAIT);
    }

    /** Locks keys for a change that may create or remove directories. */
    PathLocks.Held lockDirectories(VirtualPath path, ObjectKey... keys) throws VfsException {
        shared.renames.requireNone(path, Arrays.asList(keys), access.name(), RENAME_WAIT);
        PathLocks.Held held = lockFile(path, keys);
        return () -> {
            shared.directories.changed();
            held.directoriesChanged();
            held.close();
        };
    }

    /** Locks keys for a change that leaves all directories as they are. */
    PathLocks.Held lockFile(VirtualPath path, ObjectKey... keys) throws VfsException {
        shared.renames.requireNone(path, Arrays.asList(keys), access.name(), LOCK_WAIT);
        PathLocks.Held held = shared.locks.lock(Arrays.asList(keys), LOCK_WAIT);
        if (held == null) {
            throw new VfsException(
                    Failure.BUSY, path, "Another change of this path, or of one above it, is in progress; try again.");
        }
        shared.directories.sawChanges(held.directoryChanges());
        return held;
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.util.Optional;
import java.util.Set;

/** Lists and creates directories. */
final class Directories {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final InterruptedLookup interruptions;
    private final ChangeLocks locks;

    Directories(
            ObjectFileSystems shared,
            AccountAccess access,
            PathLookup lookup,
            InterruptedLookup interruptions,
            ChangeLocks locks) {
        this.shared = shared;
        this.access = access;
        this.lookup = lookup;
        this.interruptions = interruptions;
        this.locks = locks;
    }

    /** See {@link VirtualFileSystem#list}. */
    EntryCursor list(VirtualPath directory) throws VfsException, StoreException {
        access.require(Permission.LIST, directory, "This account may not list directories.");
        Mounts mounts = access.mounts();
        Set<String> mounted = mounts.namesIn(directory);
        Optional<ObjectLocation> location = mounts.find(directory);
        if (location.isEmpty()) {
            if (mounted.isEmpty() && !directory.isRoot()) {
                throw PathFailures.notFound(directory);
            }
            return new ObjectEntryCursor(access, interruptions, shared, directory, mounted);
        }
        shared.renames.requireNotHalfRenamed(location.get(), access.name());
        ObjectEntryCursor cursor = new ObjectEntryCursor(access, interruptions, shared, location.get(), mounted);
        if (!cursor.fetchFirst() && !lookup.isOfMounts(location.get())) {
            // It may have entries: interrupted uploads.
            cursor.close();
            throw switch (lookup.find(location.get())) {
                case LookupResult.File _ -> PathFailures.notADirectory(directory);
                case LookupResult.Directory _ ->
                    new VfsException(
                            Failure.CONFLICT, directory, "The directory changed while it was listed; try again.");
                case LookupResult.Nothing _ -> PathFailures.notFound(directory);
            };
        }
        return cursor;
    }

    /** See {@link VirtualFileSystem#mkdir}. */
    void create(VirtualPath directory, PosixAttributes posix) throws VfsException, StoreException {
        access.require(Permission.MKDIR, directory, "This account may not create directories.");
        ObjectLocation location = access.creatable(directory);
        try (PathLocks.Held _ = locks.lockDirectories(directory, location.file())) {
            ConcurrentRequest<Boolean> parent =
                    ConcurrentRequest.start(shared.executor, () -> lookup.hasParent(directory));
            if (!(lookup.find(location) instanceof LookupResult.Nothing)
                    || interruptions
                            .find(location)
                            .filter(InterruptedLookup::isVisibleAlone)
                            .isPresent()) {
                throw PathFailures.alreadyExists(directory);
            }
            if (!parent.result()) {
                throw lookup.parentMissing(directory);
            }
            ObjectKey marker = location.marker();
            if (marker.isTooLong()) {
                throw new VfsException(
                        Failure.NAME_INVALID, directory, "The path is too long: S3 takes at most 1024 bytes.");
            }
            shared.store.putMarker(marker);
            shared.afterwards(marker, () -> {
                shared.attributes.putDirectory(marker, shared.clock.instant());
                if (access.keepsPosix() && !posix.isEmpty()) {
                    shared.posix.putDirectory(marker, posix);
                }
            });
        }
    }
}

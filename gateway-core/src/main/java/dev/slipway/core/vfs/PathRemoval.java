package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.DirectoryMarkers.Departure;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Deletes files and empty directories. */
final class PathRemoval {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final InterruptedLookup interruptions;
    private final ChangeLocks locks;
    private final ParentRetention parents;

    PathRemoval(
            ObjectFileSystems shared,
            AccountAccess access,
            PathLookup lookup,
            InterruptedLookup interruptions,
            ChangeLocks locks,
            ParentRetention parents) {
        this.shared = shared;
        this.access = access;
        this.lookup = lookup;
        this.interruptions = interruptions;
        this.locks = locks;
        this.parents = parents;
    }

    /**
     * See {@link VirtualFileSystem#delete}.
     *
     * @param version the only one that is deleted; null for any
     */
    void deleteFile(VirtualPath file, @Nullable FileVersion version) throws VfsException, StoreException {
        access.require(Permission.DELETE, file, "This account may not delete.");
        ObjectLocation location = access.changeable(file);
        try (PathLocks.Held _ = locks.lockDirectories(file, location.file())) {
            Optional<InterruptedUpload> interrupted = interruptions.find(location);
            LookupResult found = lookup.find(location);
            if (version != null
                    && found instanceof LookupResult.File(ObjectInfo present)
                    && !FileVersion.of(present).equals(version)) {
                throw PathFailures.replaced(file);
            }
            // A client that deletes a file while it is being uploaded has given that upload up.
            shared.unsettled.deleted(location.file(), access.name());
            switch (found) {
                case LookupResult.File(ObjectInfo present) -> {
                    if (version == null) {
                        remove(location, location.file());
                    } else {
                        removeUnchanged(location, present);
                    }
                }
                case LookupResult.Directory _ -> throw PathFailures.isADirectory(file);
                case LookupResult.Nothing _ -> {
                    if (interrupted.filter(InterruptedLookup::isVisibleAlone).isEmpty()) {
                        throw PathFailures.notFound(file);
                    }
                }
            }
            interrupted.ifPresent(shared.store::discard);
            forgetAttributes(location.file());
        }
    }

    /** See {@link VirtualFileSystem#rmdir}. */
    void deleteDirectory(VirtualPath directory) throws VfsException, StoreException {
        access.require(Permission.DELETE, directory, "This account may not delete.");
        ObjectLocation location = access.changeable(directory);
        if (access.mounts().anyBelow(directory)) {
            throw PathFailures.denied(directory, "A directory that contains a mount cannot be removed.");
        }
        try (PathLocks.Held _ = locks.lockDirectories(directory, location.file())) {
            switch (lookup.find(location)) {
                case LookupResult.File _ -> throw PathFailures.notADirectory(directory);
                case LookupResult.Nothing _ -> throw PathFailures.notFound(directory);
                case LookupResult.Directory _ -> {
                    if (lookup.hasChildren(location)) {
                        throw PathFailures.notEmpty(directory);
                    }
                }
            }
            remove(location, location.marker());
            forgetAttributes(location.marker());
        }
    }

    private void remove(ObjectLocation location, ObjectKey key) throws VfsException, StoreException {
        try (Departure _ = parents.leave(location, key, null)) {
            shared.store(location.mount()).delete(List.of(key));
        }
    }

    private void removeUnchanged(ObjectLocation location, ObjectInfo version) throws VfsException, StoreException {
        try (Departure _ = parents.leave(location, location.file(), null)) {
            if (!shared.store(location.mount())
                    .deleteUnchanged(List.of(version))
                    .isEmpty()) {
                throw PathFailures.replaced(location.path());
            }
        }
    }

    private void forgetAttributes(ObjectKey key) {
        shared.afterwards(key, () -> shared.attributes.remove(List.of(key)));
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.util.Optional;

/** Finds out what is at a path by asking the store. */
final class PathLookup {
    private final ObjectFileSystems shared;
    private final AccountAccess access;

    PathLookup(ObjectFileSystems shared, AccountAccess access) {
        this.shared = shared;
        this.access = access;
    }

    LookupResult find(ObjectLocation location) throws StoreException {
        if (isOfMounts(location)) {
            return new LookupResult.Directory();
        }
        Optional<ObjectInfo> object = shared.store(location.mount()).head(location.file());
        if (object.isPresent()) {
            return new LookupResult.File(object.get());
        }
        return isDirectory(location) ? new LookupResult.Directory() : new LookupResult.Nothing();
    }

    /** The object of a file; fails if there is none. */
    ObjectInfo file(ObjectLocation location) throws VfsException, StoreException {
        return switch (find(location)) {
            case LookupResult.File found -> found.object();
            case LookupResult.Directory _ -> throw PathFailures.isADirectory(location.path());
            case LookupResult.Nothing _ -> throw PathFailures.notFound(location.path());
        };
    }

    boolean isDirectory(ObjectLocation location) throws StoreException {
        if (isOfMounts(location)) {
            return true;
        }
        ObjectPage page =
                shared.store(location.mount()).list(location.mount().bucket(), location.prefix(), false, null, 1);
        return !page.objects().isEmpty();
    }

    /** Whether this directory exists whatever the store has: as the root of a mount, or since mounts lie below it. */
    boolean isOfMounts(ObjectLocation location) {
        return location.isMountRoot() || access.mounts().anyBelow(location.path());
    }

    boolean hasChildren(ObjectLocation directory) throws StoreException {
        ObjectPage page =
                shared.store(directory.mount()).list(directory.mount().bucket(), directory.prefix(), false, null, 2);
        return page.objects().stream().anyMatch(object -> !object.key().key().equals(directory.prefix()));
    }

    boolean hasParent(VirtualPath path) throws VfsException, StoreException {
        return isDirectory(access.location(path.parent()));
    }

    /** Why the directory of a path does not exist: one of its names is a file, or nothing. */
    VfsException parentMissing(VirtualPath child) throws VfsException, StoreException {
        VirtualPath directory = child.parent();
        for (VirtualPath path = directory; !path.isRoot(); path = path.parent()) {
            Optional<ObjectLocation> location = access.mounts().find(path);
            if (location.isPresent()
                    && !location.get().isMountRoot()
                    && shared.store(location.get().mount())
                            .head(location.get().file())
                            .isPresent()) {
                return PathFailures.notADirectory(path);
            }
        }
        return new VfsException(Failure.NOT_FOUND, directory, "The directory " + directory + " does not exist.");
    }
}

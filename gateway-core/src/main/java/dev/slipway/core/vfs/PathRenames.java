package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.DirectoryMarkers.Departure;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Checks what an account may rename, and lets {@link FileRename} or {@link DirectoryRename} do it under the locks. */
final class PathRenames {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final InterruptedLookup interruptions;
    private final ChangeLocks locks;
    private final ParentRetention parents;

    PathRenames(
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
     * See {@link VirtualFileSystem#rename}.
     *
     * @param version the only version of a file that is renamed; null for any file or directory
     */
    void rename(VirtualPath from, VirtualPath to, RenameMode mode, @Nullable FileVersion version)
            throws VfsException, StoreException {
        access.require(Permission.RENAME, from, "This account may not rename.");
        ObjectLocation source = access.changeable(from);
        ObjectLocation target = access.changeable(to);
        if ((to.startsWith(from) && !to.equals(from)) || isBelow(target, source)) {
            throw new VfsException(Failure.NAME_INVALID, to, "A directory cannot be moved into itself.");
        }
        if (access.mounts().anyBelow(from) || access.mounts().anyBelow(to)) {
            throw PathFailures.denied(from, "A directory that contains a mount cannot be renamed.");
        }
        shared.renames.run(told -> rename(source, target, mode, version, told));
    }

    /** Whether the keys of one location lie below another's, which paths do not tell if mounts overlap. */
    private static boolean isBelow(ObjectLocation location, ObjectLocation other) {
        return location.mount().bucket().equals(other.mount().bucket())
                && location.file().key().startsWith(other.prefix());
    }

    /** @param told completed when the client can be told, at the latest when this ends */
    private void rename(
            ObjectLocation source,
            ObjectLocation target,
            RenameMode mode,
            @Nullable FileVersion version,
            CompletableFuture<Void> told)
            throws VfsException, StoreException {
        try (PathLocks.Held _ = locks.lockDirectories(source.path(), source.file(), target.file())) {
            interruptions.requireWhole(source);
            LookupResult found = lookup.find(source);
            if (found instanceof LookupResult.Nothing) {
                throw PathFailures.notFound(source.path());
            }
            if (version != null
                    && !(found instanceof LookupResult.File(ObjectInfo present)
                            && FileVersion.of(present).equals(version))) {
                throw PathFailures.replaced(source.path());
            }
            if (source.file().equals(target.file())) {
                // Two mounts may overlap, too. Copying the file onto itself and then deleting it would lose it.
                return;
            }
            boolean targetExists = checkTarget(found, target, mode);
            if (!lookup.hasParent(target.path())) {
                throw lookup.parentMissing(target.path());
            }
            switch (found) {
                case LookupResult.File file -> renameFile(source, file.object(), target, mode);
                case LookupResult.Directory _ -> renameDirectory(source, target, targetExists, told);
                case LookupResult.Nothing _ -> throw PathFailures.notFound(source.path());
            }
            if (!told.isCompletedExceptionally()) {
                interruptions.discardReplaced(target);
            }
        }
    }

    private void renameFile(ObjectLocation source, ObjectInfo object, ObjectLocation target, RenameMode mode)
            throws VfsException, StoreException {
        try (Departure _ = parents.leave(source, source.file(), target)) {
            new FileRename(shared, shared.store(source.mount(), target.mount()))
                    .run(
                            object,
                            target.file(),
                            mode == RenameMode.KEEP_TARGET ? WriteCondition.IF_ABSENT : WriteCondition.ALWAYS);
        }
    }

    private void renameDirectory(
            ObjectLocation source, ObjectLocation target, boolean targetExists, CompletableFuture<Void> told)
            throws VfsException, StoreException {
        RenameTable.Entry entry = new RenameTable.Entry(
                ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE),
                source.marker(),
                target.marker(),
                targetExists,
                parents.keptParent(source, source.marker(), target),
                access.name(),
                source.path().toString(),
                target.path().toString(),
                RenameTable.Phase.COPYING,
                shared.clock.instant());
        try (Renames.RenamePermit _ = shared.renames.takePermit(source.path());
                Departure _ = parents.leave(source, source.marker(), target)) {
            DirectoryRename.of(
                            shared, shared.store(source.mount(), target.mount()), shared.renames, entry, source.path())
                    .run(told);
        }
    }

    /** Returns whether the target exists, and may be replaced. */
    private boolean checkTarget(LookupResult source, ObjectLocation target, RenameMode mode)
            throws VfsException, StoreException {
        LookupResult present = lookup.find(target);
        if (present instanceof LookupResult.Nothing) {
            return false;
        }
        if (mode == RenameMode.KEEP_TARGET) {
            throw PathFailures.alreadyExists(target.path());
        }
        access.require(Permission.OVERWRITE, target.path(), "This account may not replace files.");
        if (source instanceof LookupResult.File && present instanceof LookupResult.Directory) {
            throw PathFailures.isADirectory(target.path());
        }
        if (source instanceof LookupResult.Directory) {
            if (present instanceof LookupResult.File) {
                throw PathFailures.notADirectory(target.path());
            }
            if (lookup.hasChildren(target)) {
                throw PathFailures.notEmpty(target.path());
            }
        }
        return true;
    }
}

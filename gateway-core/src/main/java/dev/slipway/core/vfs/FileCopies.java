package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Permission;
import dev.slipway.core.quota.Quotas;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Copies files on the store's side. */
final class FileCopies {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final InterruptedLookup interruptions;
    private final PathAttributes attributes;
    private final ChangeLocks locks;

    FileCopies(
            ObjectFileSystems shared,
            AccountAccess access,
            PathLookup lookup,
            InterruptedLookup interruptions,
            PathAttributes attributes,
            ChangeLocks locks) {
        this.shared = shared;
        this.access = access;
        this.lookup = lookup;
        this.interruptions = interruptions;
        this.attributes = attributes;
        this.locks = locks;
    }

    /**
     * See {@link VirtualFileSystem#copy}.
     *
     * @param version the only one that is copied; null for any
     */
    FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode, @Nullable FileVersion version)
            throws VfsException, StoreException {
        access.require(Permission.READ, from, "This account may not read files.");
        ObjectLocation source = access.location(from);
        interruptions.requireWhole(source);
        ObjectInfo present = lookup.file(source);
        if (version != null && !FileVersion.of(present).equals(version)) {
            throw PathFailures.replaced(from);
        }
        return copy(source, present, to, mode, null);
    }

    /**
     * Copies a version, which the caller may read.
     *
     * @param modified the time of the copy; null for that of the source
     */
    FileEntry copy(
            ObjectLocation source, ObjectInfo version, VirtualPath to, CreateMode mode, @Nullable Instant modified)
            throws VfsException {
        return FailureReports.reporting(to, () -> {
            access.require(Permission.WRITE, to, "This account may not upload.");
            ObjectLocation target = access.changeable(to);
            if (source.file().equals(target.file())) {
                throw new VfsException(Failure.NAME_INVALID, to, "A file cannot be copied onto itself.");
            }
            try (PathLocks.Held _ = locks.lockFile(to, target.file())) {
                requireCreatable(target, mode);
                Instant time = modified == null
                        ? attributes.file(source, version).modified()
                        : modified.truncatedTo(ChronoUnit.SECONDS);
                boolean isNew = mode == CreateMode.NEW || !access.may(Permission.OVERWRITE);
                ObjectInfo copy;
                try (Quotas.Reservation _ = shared.quotas.reserve(access.account(), target.file(), version.size())) {
                    copy = shared.store(source.mount(), target.mount())
                            .copy(version, target.file(), isNew ? WriteCondition.IF_ABSENT : WriteCondition.ALWAYS);
                }
                interruptions.discardOlder(target);
                shared.afterwards(target.file(), () -> {
                    shared.attributes.put(copy, time);
                    shared.attributes.copyOthers(Map.of(version, copy));
                });
                return FileEntry.of(to, copy, time, true);
            }
        });
    }

    private void requireCreatable(ObjectLocation target, CreateMode mode) throws VfsException, StoreException {
        switch (lookup.find(target)) {
            case LookupResult.File _ -> {
                if (mode == CreateMode.NEW) {
                    throw PathFailures.alreadyExists(target.path());
                }
                access.require(Permission.OVERWRITE, target.path(), "This account may not replace files.");
            }
            case LookupResult.Directory _ -> throw PathFailures.isADirectory(target.path());
            case LookupResult.Nothing _ -> {
                if (!lookup.hasParent(target.path())) {
                    throw lookup.parentMissing(target.path());
                }
            }
        }
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What a client sees of a file or directory, and its time, which it may set. */
final class PathAttributes {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final InterruptedLookup interruptions;
    private final ChangeLocks locks;

    PathAttributes(
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

    /** See {@link VirtualFileSystem#stat}. */
    FileEntry stat(VirtualPath path) throws VfsException, StoreException {
        Optional<ObjectLocation> location = access.mounts().find(path);
        if (location.isEmpty()) {
            if (access.mounts().anyBelow(path) || path.isRoot()) {
                return new FileEntry(path, true, 0, Instant.EPOCH, false);
            }
            throw PathFailures.notFound(path);
        }
        return stat(location.get());
    }

    private FileEntry stat(ObjectLocation location) throws VfsException, StoreException {
        shared.renames.requireNotHalfRenamed(location, access.name());
        Optional<InterruptedUpload> interrupted = interruptions
                .find(location)
                .or(() -> interruptions.stalled(location).map(ObjectUpload::asInterrupted));
        return switch (lookup.find(location)) {
            case LookupResult.Directory _ -> directory(location);
            case LookupResult.File file -> {
                if (interrupted.isPresent()) {
                    yield upload(location, interrupted.get());
                }
                if (!access.may(Permission.LIST) && !access.may(Permission.READ)) {
                    throw PathFailures.denied(location.path(), "This account may not see files.");
                }
                yield file(location, file.object());
            }
            case LookupResult.Nothing _ ->
                upload(
                        location,
                        interrupted
                                .filter(InterruptedLookup::isVisibleAlone)
                                .orElseThrow(() -> PathFailures.notFound(location.path())));
        };
    }

    /** A file as clients see it. */
    FileEntry file(ObjectLocation location, ObjectInfo object) {
        Instant modified = shared.attributes.modified(object).orElse(object.lastModified());
        FileEntry entry = FileEntry.of(location.path(), object, modified, access.isWritable(location));
        return access.keepsPosix()
                ? entry.with(shared.posix.find(List.of(object)).getOrDefault(object.key(), PosixAttributes.NONE))
                : entry;
    }

    private FileEntry upload(ObjectLocation location, InterruptedUpload upload) {
        return new FileEntry(location.path(), false, upload.bytes(), upload.since(), access.isWritable(location), true);
    }

    private FileEntry directory(ObjectLocation location) {
        if (location.isMountRoot()) {
            return new FileEntry(location.path(), true, 0, Instant.EPOCH, access.isWritable(location));
        }
        ObjectKey marker = location.marker();
        Instant modified =
                shared.attributes.modifiedDirectories(List.of(marker)).getOrDefault(marker, Instant.EPOCH);
        FileEntry entry = new FileEntry(location.path(), true, 0, modified, access.isWritable(location));
        return access.keepsPosix()
                ? entry.with(shared.posix.findDirectories(List.of(marker)).getOrDefault(marker, PosixAttributes.NONE))
                : entry;
    }

    /** See {@link VirtualFileSystem#setModified}. */
    void setModified(VirtualPath path, Instant modified) throws VfsException, StoreException {
        change(
                path,
                file -> shared.attributes.put(file, modified),
                directory -> shared.attributes.putDirectory(directory, modified));
    }

    /** See {@link VirtualFileSystem#setPosix}. */
    void setPosix(VirtualPath path, PosixAttributes attributes) throws VfsException, StoreException {
        if (!access.keepsPosix()) {
            FileEntry _ = stat(path);
            return;
        }
        change(
                path,
                file -> shared.posix.put(
                        file,
                        attributes.orElse(
                                shared.posix.find(List.of(file)).getOrDefault(file.key(), PosixAttributes.NONE))),
                directory -> shared.posix.putDirectory(
                        directory,
                        attributes.orElse(shared.posix
                                .findDirectories(List.of(directory))
                                .getOrDefault(directory, PosixAttributes.NONE))));
    }

    /**
     * Changes what the state database has of a file or directory.
     *
     * @param ofDirectory is given the directory's marker
     */
    private void change(VirtualPath path, Consumer<ObjectInfo> ofFile, Consumer<ObjectKey> ofDirectory)
            throws VfsException, StoreException {
        access.require(Permission.WRITE, path, "This account may not change files.");
        ObjectLocation location = access.changeable(path);
        locks.requireNoRename(location);
        interruptions.requireWhole(location);
        switch (lookup.find(location)) {
            case LookupResult.File file -> {
                if (!access.hasJustStored(file.object())) {
                    access.require(Permission.OVERWRITE, path, "This account may not change existing files.");
                }
                ofFile.accept(file.object());
            }
            case LookupResult.Directory _ -> ofDirectory.accept(location.marker());
            case LookupResult.Nothing _ -> throw PathFailures.notFound(path);
        }
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Permission;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.quota.Quotas;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Duration;
import java.util.Optional;

/**
 * Starts uploads: of new files, of interrupted ones, and of changes to files. What can be known at the start is refused
 * here; rights, the quota and the target are checked again later.
 */
final class UploadStarts {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final RecentLookup recent;
    private final InterruptedLookup interruptions;
    private final ChangeLocks locks;
    private final UploadCommit commit;

    UploadStarts(
            ObjectFileSystems shared,
            AccountAccess access,
            PathLookup lookup,
            InterruptedLookup interruptions,
            ChangeLocks locks,
            UploadCommit commit) {
        this.shared = shared;
        this.access = access;
        this.lookup = lookup;
        this.recent = new RecentLookup(shared.store, shared.directories, access, lookup);
        this.interruptions = interruptions;
        this.locks = locks;
        this.commit = commit;
    }

    /** See {@link VirtualFileSystem#create}. */
    FileUpload create(VirtualPath file, CreateMode mode, UploadOptions options) throws VfsException, StoreException {
        ObjectLocation location = writable(file);
        Optional<InterruptedUpload> interrupted = interruptions.find(location);
        if (mode == CreateMode.NEW
                && interrupted.filter(InterruptedLookup::isVisibleAlone).isPresent()) {
            throw PathFailures.alreadyExists(file);
        }
        KnownDirectories.Moment checked = requireUploadable(location, mode);
        boolean inspected = access.isInspected(file);
        UploadOwner owner = new UploadOwner(access.name(), isResumable(options) && !inspected, mode == CreateMode.NEW);
        UploadTarget target = new UploadTarget(location, mode, owner, checked);
        // Before memory is reserved: this may wait.
        UploadInspection inspection = inspected ? access.beginInspection(file, wait(options)) : null;
        ObjectWriter writer = null;
        boolean begun = false;
        try {
            writer = shared.store.write(location.file(), ObjectAttributes.NONE, owner, wait(options));
            interrupted.ifPresent(shared.store::discard);
            begun = true;
            return new CopyableUpload(
                    new ObjectUpload(access, shared, commit, target, writer, options, inspection), mode);
        } finally {
            if (!begun) {
                if (writer != null) {
                    writer.close();
                }
                if (inspection != null) {
                    inspection.close();
                }
            }
        }
    }

    /** See {@link VirtualFileSystem#resume}. */
    FileUpload resume(VirtualPath file, WritePosition.Known position, UploadOptions options)
            throws VfsException, StoreException {
        ObjectLocation location = writable(file);
        interruptions.stalled(location).ifPresent(ObjectUpload::close);
        InterruptedUpload interrupted = interruptions
                .find(location)
                .orElseThrow(() -> new VfsException(
                        Failure.UNSUPPORTED,
                        file,
                        "There is no interrupted upload of this file to resume; send all of it. The existing file"
                                + " stays."));
        requireNotInspected(location, interrupted);
        requireBase(location, interrupted);
        CreateMode mode = interrupted.owner().exclusive() ? CreateMode.NEW : CreateMode.REPLACE;
        KnownDirectories.Moment checked = requireUploadable(location, mode);
        long offset = position.offset(interrupted.bytes());
        ObjectWriter writer;
        try {
            writer = shared.store.resume(interrupted, offset, wait(options));
        } catch (StoreException e) {
            if (e.failure() == Failure.UNSUPPORTED) {
                throw new VfsException(
                        Failure.UNSUPPORTED,
                        file,
                        "The upload can resume at byte " + interrupted.bytes() + ", not at " + offset + ".",
                        e);
            }
            throw e;
        }
        ObjectUpload upload = upload(new UploadTarget(location, mode, interrupted.owner(), checked), writer, options);
        if (interrupted.modified() != null) {
            upload.setModified(interrupted.modified());
        }
        return upload;
    }

    /** Discards an upload whose first bytes nobody has inspected: it began under other settings. */
    private void requireNotInspected(ObjectLocation location, InterruptedUpload interrupted) throws VfsException {
        if (access.isInspected(location.path())) {
            shared.store.discard(interrupted);
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    location.path(),
                    "Files here are scanned while they are uploaded, so an upload cannot be resumed; send all of it.");
        }
    }

    /** Discards an upload that adds to a version which is no longer there. */
    private void requireBase(ObjectLocation location, InterruptedUpload interrupted)
            throws VfsException, StoreException {
        BaseVersion base = interrupted.owner().base();
        if (base != null
                && !shared.store.head(location.file()).map(ObjectInfo::etag).equals(Optional.of(base.etag()))) {
            shared.store.discard(interrupted);
            throw new VfsException(
                    Failure.CONFLICT,
                    location.path(),
                    "The file was changed by somebody else since the upload was interrupted; check it, and start over.");
        }
    }

    /** See {@link VirtualFileSystem#change}. */
    FileUpload change(VirtualPath file, WritePosition position, UploadOptions options)
            throws VfsException, StoreException {
        ObjectLocation location = writable(file);
        interruptions.requireWhole(location);
        KnownDirectories.Moment checked = shared.directories.now();
        ObjectInfo version = lookup.file(location);
        access.require(Permission.OVERWRITE, file, "This account may not change existing files.");
        if (access.isInspected(file)) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    file,
                    "Files here are scanned while they are uploaded, and cannot be changed in place; send all of it.");
        }
        if (ArchivedObject.isArchived(version)) {
            version = extract(location);
        }
        if (version.etag().isEmpty()) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    file,
                    "The store has no ETags, so files cannot be changed in place; send all of it.");
        }
        if (position instanceof WritePosition.At(long offset) && offset > version.size()) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    file,
                    "The file has only " + version.size() + " bytes; cannot write at " + offset + ".");
        }
        UploadOwner owner = new UploadOwner(
                access.name(), isResumable(options), false, new BaseVersion(version.etag(), version.size()));
        ObjectWriter writer = shared.store.change(version, owner, wait(options));
        ObjectUpload upload = upload(new UploadTarget(location, CreateMode.REPLACE, owner, checked), writer, options);
        if (position instanceof WritePosition.Known known) {
            upload.startAt(known.offset(version.size()));
        }
        return upload;
    }

    /** Makes an archived file an object at its path, as only those can be changed. */
    private ObjectInfo extract(ObjectLocation location) throws VfsException, StoreException {
        try (PathLocks.Held _ = locks.lockFile(location.path(), location.file())) {
            ObjectInfo version = lookup.file(location);
            if (!ArchivedObject.isArchived(version)) {
                return version;
            }
            try (Quotas.Reservation _ = shared.quotas.reserve(access.account(), location.file(), version.size())) {
                return shared.extractions.extract(version);
            }
        }
    }

    private ObjectLocation writable(VirtualPath file) throws VfsException {
        access.require(Permission.WRITE, file, "This account may not upload.");
        return access.changeable(file);
    }

    private boolean isResumable(UploadOptions options) {
        return options.resumable() && access.canResume();
    }

    private Duration wait(UploadOptions options) {
        return options.waitsForMemory() ? shared.admissionWait : Duration.ZERO;
    }

    private ObjectUpload upload(UploadTarget target, ObjectWriter writer, UploadOptions options) {
        return new ObjectUpload(access, shared, commit, target, writer, options, null);
    }

    /**
     * Refuses what cannot be uploaded.
     *
     * @return see {@link UploadTarget#checked}
     */
    private KnownDirectories.Moment requireUploadable(ObjectLocation location, CreateMode mode)
            throws VfsException, StoreException {
        VirtualPath file = location.path();
        locks.requireNoRename(location);
        KnownDirectories.Moment moment = shared.directories.now();
        ConcurrentRequest<Boolean> parent =
                ConcurrentRequest.start(shared.executor, () -> recent.hasParent(file, moment));
        if (mode == CreateMode.REPLACE && access.may(Permission.OVERWRITE)) {
            // Whether there is a file makes no difference.
            if (recent.isDirectory(location, moment)) {
                throw PathFailures.isADirectory(file);
            }
        } else {
            ConcurrentRequest<Boolean> clash =
                    ConcurrentRequest.start(shared.executor, () -> lookup.isDirectory(location));
            if (shared.store(location.mount()).head(location.file()).isPresent()) {
                throw mode == CreateMode.NEW
                        ? PathFailures.alreadyExists(file)
                        : PathFailures.denied(file, "This account may not replace files.");
            }
            if (clash.result()) {
                throw PathFailures.isADirectory(file);
            }
        }
        if (!parent.result()) {
            throw lookup.parentMissing(file);
        }
        return moment;
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.quota.Quotas;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The files of one account, as it is at one moment, on an object store. Each operation is done by the class that is named
 * for it; failures of the store become those of a client here.
 *
 * <p>A file is an object. A directory exists while it has a marker (an empty object whose key ends with a slash) or a
 * child. Where keys that others wrote give a file and a directory one name, the file is shown and the directory hidden.
 */
final class ObjectFileSystem implements VirtualFileSystem {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathAttributes attributes;
    private final Directories directories;
    private final FileReads reads;
    private final UploadStarts uploads;
    private final FileCopies copies;
    private final PathRenames renames;
    private final PathRemoval removal;

    /** @param login where transfers and listings that take long find the account of a later moment */
    ObjectFileSystem(ObjectFileSystems shared, Account account, LiveFileSystem login) {
        this.shared = shared;
        access = new AccountAccess(account, login);
        PathLookup lookup = new PathLookup(shared, access);
        InterruptedLookup interruptions = new InterruptedLookup(shared, access, lookup);
        ChangeLocks locks = new ChangeLocks(shared, access);
        ParentRetention parents = new ParentRetention(shared.markers, access);
        UploadCommit commit = new UploadCommit(shared, access, lookup, interruptions, locks);
        attributes = new PathAttributes(shared, access, lookup, interruptions, locks);
        directories = new Directories(shared, access, lookup, interruptions, locks);
        reads = new FileReads(shared, access, lookup, interruptions, attributes);
        uploads = new UploadStarts(shared, access, lookup, interruptions, locks, commit);
        copies = new FileCopies(shared, access, lookup, interruptions, attributes, locks);
        renames = new PathRenames(shared, access, lookup, interruptions, locks, parents);
        removal = new PathRemoval(shared, access, lookup, interruptions, locks, parents);
    }

    /** What the account may do. */
    AccountAccess access() {
        return access;
    }

    @Override
    public FileEntry stat(VirtualPath path) throws VfsException {
        return FailureReports.reporting(path, () -> attributes.stat(path));
    }

    @Override
    public EntryCursor list(VirtualPath directory) throws VfsException {
        return FailureReports.reporting(directory, () -> directories.list(directory));
    }

    @Override
    public FileDownload open(VirtualPath file, long offset) throws VfsException {
        return FailureReports.reporting(file, () -> reads.open(file, offset));
    }

    @Override
    public FileUpload create(VirtualPath file, CreateMode mode, UploadOptions options) throws VfsException {
        return FailureReports.reporting(file, () -> uploads.create(file, mode, options));
    }

    @Override
    public FileUpload resume(VirtualPath file, WritePosition.Known position, UploadOptions options)
            throws VfsException {
        return FailureReports.reporting(file, () -> uploads.resume(file, position, options));
    }

    @Override
    public FileUpload change(VirtualPath file, WritePosition position, UploadOptions options) throws VfsException {
        return FailureReports.reporting(file, () -> uploads.change(file, position, options));
    }

    @Override
    public long largestFile() {
        return shared.store.largestObject();
    }

    @Override
    public Space space(VirtualPath path) throws VfsException {
        FileEntry _ = stat(path);
        return shared.quotas.room(access.account()).map(ObjectFileSystem::space).orElse(Space.UNLIMITED);
    }

    /** A total without a limit is shown as {@link Space#UNLIMITED} shows it. */
    private static Space space(Quotas.Room room) {
        Space bytes = room.bytes() == AccountLimits.NONE ? Space.UNLIMITED : new Space(room.bytes(), room.freeBytes());
        return room.files() == AccountLimits.NONE
                ? bytes
                : new Space(bytes.total(), bytes.free(), room.files(), room.freeFiles());
    }

    @Override
    public void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException {
        FailureReports.changing(from, () -> renames.rename(from, to, mode, null));
    }

    @Override
    public void rename(VirtualPath from, VirtualPath to, RenameMode mode, FileVersion version) throws VfsException {
        FailureReports.changing(from, () -> renames.rename(from, to, mode, version));
    }

    @Override
    public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode) throws VfsException {
        return FailureReports.reporting(from, () -> copies.copy(from, to, mode, null));
    }

    @Override
    public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode, FileVersion version) throws VfsException {
        return FailureReports.reporting(from, () -> copies.copy(from, to, mode, version));
    }

    /** See {@link FileCopies}. */
    FileEntry copy(
            ObjectLocation source, ObjectInfo version, VirtualPath to, CreateMode mode, @Nullable Instant modified)
            throws VfsException {
        return copies.copy(source, version, to, mode, modified);
    }

    @Override
    public void delete(VirtualPath file) throws VfsException {
        FailureReports.changing(file, () -> removal.deleteFile(file, null));
    }

    @Override
    public void delete(VirtualPath file, FileVersion version) throws VfsException {
        FailureReports.changing(file, () -> removal.deleteFile(file, version));
    }

    @Override
    public void mkdir(VirtualPath directory, PosixAttributes posix) throws VfsException {
        FailureReports.changing(directory, () -> directories.create(directory, posix));
    }

    @Override
    public void rmdir(VirtualPath directory) throws VfsException {
        FailureReports.changing(directory, () -> removal.deleteDirectory(directory));
    }

    @Override
    public void setModified(VirtualPath path, Instant modified) throws VfsException {
        FailureReports.changing(path, () -> attributes.setModified(path, modified));
    }

    @Override
    public boolean keepsPosix() {
        return access.keepsPosix();
    }

    @Override
    public void setPosix(VirtualPath path, PosixAttributes posix) throws VfsException {
        FailureReports.changing(path, () -> attributes.setPosix(path, posix));
    }

    @Override
    public byte[] checksum(
            VirtualPath file,
            DigestAlgorithm algorithm,
            long offset,
            long length,
            long block,
            BooleanSupplier cancelled)
            throws VfsException {
        return FailureReports.reporting(
                file, () -> reads.checksum(file, new Checksums.Wanted(algorithm, offset, length, block, cancelled)));
    }
}

package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * The files of one login: the account's mounts, with its permissions. Every protocol uses this and nothing below it.
 * All calls block. Thread-safe.
 */
public interface VirtualFileSystem {
    /**
     * Returns the attributes of a path. If this account can resume an interrupted upload of it, they are the upload's,
     * and the path cannot be read or changed in place.
     */
    FileEntry stat(VirtualPath path) throws VfsException;

    /** Lists a directory. Fails at once if the path is not a directory that may be listed. */
    EntryCursor list(VirtualPath directory) throws VfsException;

    /**
     * Opens a file for reading. Its first bytes are requested at once if there is memory for them.
     *
     * @param offset where reading will probably begin, in bytes from the beginning; may lie beyond the end
     */
    FileDownload open(VirtualPath file, long offset) throws VfsException;

    /** Opens a file for reading from its beginning. */
    default FileDownload open(VirtualPath file) throws VfsException {
        return open(file, 0);
    }

    /**
     * Starts an upload. Whatever can be known now is refused here: the path, the parent directory, permissions, memory. Rights,
     * the quota and the target are checked again later, by writes and by the commit. An interrupted upload of the same path that this account could resume is discarded.
     */
    FileUpload create(VirtualPath file, CreateMode mode, UploadOptions options) throws VfsException;

    /** Starts an upload with the default options. */
    default FileUpload create(VirtualPath file, CreateMode mode) throws VfsException {
        return create(file, mode, UploadOptions.DEFAULT);
    }

    /**
     * Resumes an interrupted upload of this account. Refusals are those of {@link #create}. The conditions that
     * the upload began with (that the file must not exist) still hold.
     *
     * @param position where {@link #stat} says that the file ends, or {@link WritePosition#END}
     * @param options only whether to wait for memory matters
     * @return an upload whose entry has the bytes before that position
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if there is no such upload, or it cannot resume
     *     there, or uploads of the path are inspected: see {@link UploadInspections}
     */
    FileUpload resume(VirtualPath file, WritePosition.Known position, UploadOptions options) throws VfsException;

    /** Resumes an interrupted upload with the default options. */
    default FileUpload resume(VirtualPath file, WritePosition.Known position) throws VfsException {
        return resume(file, position, UploadOptions.DEFAULT);
    }

    /**
     * Starts an upload that changes an existing file: bytes that are not written stay, before what is written and after it,
     * without passing through the gateway if they are many. What is stored with the file stays, except for its time.
     * Refusals are those of {@link #create}; the account needs the permission to overwrite.
     *
     * <p>The commit fails with {@link dev.slipway.core.Failure#CONFLICT} if the file is another version by then. After an
     * interruption, it can only be resumed if it wrote after the end of the file, and some of that has reached the store.
     *
     * @param position at most the end of the file
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if the file ends before the position, the store
     *     gives no ETags, or uploads of the path are inspected; {@link dev.slipway.core.Failure#BUSY} if there is an
     *     interrupted upload of it: see {@link #resume}
     */
    FileUpload change(VirtualPath file, WritePosition position, UploadOptions options) throws VfsException;

    /** Starts an upload that changes an existing file, with the default options. */
    default FileUpload change(VirtualPath file, WritePosition position) throws VfsException {
        return change(file, position, UploadOptions.DEFAULT);
    }

    /**
     * Sets the size of an existing file: bytes after it are removed, and missing ones become zeroes. Blocks until the store
     * has confirmed it.
     *
     * @param size see {@link FileUpload#truncate}
     * @param options only whether to wait for memory matters
     * @return what stat now says of the file
     */
    default FileEntry truncate(VirtualPath file, long size, UploadOptions options) throws VfsException {
        try (FileUpload upload = change(file, WritePosition.FIRST_WRITE, options.withResumption(false))) {
            upload.truncate(size);
            return upload.commit();
        }
    }

    /** The size of the largest file that can be uploaded, in bytes. */
    long largestFile();

    /**
     * Returns the space available at a path, as {@code statvfs@openssh.com}, AVBL and {@code df} show it. Blocks for
     * the requests that {@link #stat} needs.
     *
     * @param path a file or directory that exists
     */
    Space space(VirtualPath path) throws VfsException;

    /** Renames a file, or a directory with all its contents. Attributes and times are kept. */
    void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException;

    /**
     * Renames a file if it is still a version.
     *
     * @param version as {@link FileEntry#version} has it
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if there is another version, or a directory
     */
    void rename(VirtualPath from, VirtualPath to, RenameMode mode, FileVersion version) throws VfsException;

    /**
     * Copies a file on the store's side, with its attributes and time; the complete copy appears at once. Blocks until
     * the store has confirmed it.
     *
     * @param mode what to do if the target exists
     * @return the copy's attributes, as stat shows them now
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if the source is replaced meanwhile, and
     *     {@link dev.slipway.core.Failure#NAME_INVALID} if both paths mean the same file
     */
    FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode) throws VfsException;

    /**
     * Copies a file if it is still a version.
     *
     * @param version as {@link FileEntry#version} has it
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if there is another version
     */
    FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode, FileVersion version) throws VfsException;

    /** Deletes a file, and discards an interrupted upload of it that this account could resume. */
    void delete(VirtualPath file) throws VfsException;

    /**
     * Deletes a file if it is still a version. A store that cannot compare ETags might replace the file between the last
     * look at it and the deletion.
     *
     * @param version as {@link FileEntry#version} has it
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if there is another version
     */
    void delete(VirtualPath file, FileVersion version) throws VfsException;

    /** Creates a directory; its parent must exist. */
    default void mkdir(VirtualPath directory) throws VfsException {
        mkdir(directory, PosixAttributes.NONE);
    }

    /**
     * Creates a directory; its parent must exist.
     *
     * @param attributes its mode, owner and group, for accounts that keep them
     */
    void mkdir(VirtualPath directory, PosixAttributes attributes) throws VfsException;

    /** Deletes an empty directory. */
    void rmdir(VirtualPath directory) throws VfsException;

    /**
     * Sets the time of a file or directory.
     *
     * @param modified kept in whole seconds
     */
    void setModified(VirtualPath path, Instant modified) throws VfsException;

    /** Whether the account keeps the modes, owners and groups that its clients set; otherwise, setting them does nothing. */
    boolean keepsPosix();

    /**
     * Sets the mode, owner or group of a file or directory, if the account keeps them. Otherwise, this only checks that the
     * path exists. Needs the same permissions as setting a time.
     *
     * @param attributes what is not set stays as it is
     */
    void setPosix(VirtualPath path, PosixAttributes attributes) throws VfsException;

    /**
     * Returns the checksums of a file's blocks, concatenated. If neither the store nor the state database has the
     * checksum, this blocks while the bytes are read. The checksum of a whole file is then stored.
     *
     * @param offset the first byte, from 0 to the file's size
     * @param length the number of bytes, at least 0; those beyond the end of the file do not count
     * @param block the number of bytes that each checksum covers, at least 1; the last may cover fewer
     * @param cancelled polled repeatedly; once true, the failure is {@link dev.slipway.core.Failure#ABORTED}
     * @return at least one checksum, even of no bytes
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if the file is replaced meanwhile, and {@link
     *     dev.slipway.core.Failure#UNSUPPORTED} if the offset is beyond its end
     */
    byte[] checksum(
            VirtualPath file,
            DigestAlgorithm algorithm,
            long offset,
            long length,
            long block,
            BooleanSupplier cancelled)
            throws VfsException;

    /** The checksum of a file, or of a part of it. */
    default byte[] checksum(
            VirtualPath file, DigestAlgorithm algorithm, long offset, long length, BooleanSupplier cancelled)
            throws VfsException {
        return checksum(file, algorithm, offset, length, Long.MAX_VALUE, cancelled);
    }
}

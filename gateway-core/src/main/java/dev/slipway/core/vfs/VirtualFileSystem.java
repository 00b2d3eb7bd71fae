package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * The files of one login: the account's mounts, with its permissions. Every protocol works on this and on nothing
 * below it. All calls block and may come from any thread.
 */
public interface VirtualFileSystem {
    /**
     * What is at a path. Where an upload of this account was cut off that it can go on with, that is what is there, and it
     * cannot be read or changed in place.
     */
    FileEntry stat(VirtualPath path) throws VfsException;

    /** The entries of a directory. Fails at once if the path is not a directory that may be listed. */
    EntryCursor list(VirtualPath directory) throws VfsException;

    /**
     * Opens a file for reading. Its first bytes are asked for at once if there is memory for them.
     *
     * @param offset where the reading will probably begin, in bytes from the beginning; may lie behind the end
     */
    FileDownload open(VirtualPath file, long offset) throws VfsException;

    /** Opens a file for reading from its beginning. */
    default FileDownload open(VirtualPath file) throws VfsException {
        return open(file, 0);
    }

    /**
     * Starts an upload. All refusals happen here: the path, the parent directory, permissions, memory. An upload of the
     * same path that this account could go on with is discarded.
     *
     * @param mayWait whether to wait (at most the configured admission time, 30 s by default) while the part memory is
     *     in use; without, the failure is {@link dev.slipway.core.Failure#BUSY} at once. A caller that already holds an
     *     upload on the same thread of requests must not wait.
     * @param resumable whether the client could go on with it, if it is cut off, where its account can: not if the bytes
     *     that it sends are not those that are stored
     */
    FileUpload create(VirtualPath file, CreateMode mode, boolean mayWait, boolean resumable) throws VfsException;

    /** Starts an upload that can be gone on with, where its account can. */
    default FileUpload create(VirtualPath file, CreateMode mode, boolean mayWait) throws VfsException {
        return create(file, mode, mayWait, true);
    }

    /** For {@link #resume} and {@link #change}: behind all that is there. */
    long AT_END = -1;

    /** For {@link #change}: where the first write says. */
    long ANYWHERE = -2;

    /**
     * Goes on with an upload of this account that was cut off. All refusals happen here, as for {@link #create}. What was
     * asked of the file when the upload began (that it must not exist) still holds.
     *
     * @param offset where the first byte goes: where {@link #stat} says that the file ends, or {@link #AT_END}
     * @param mayWait as for {@link #create}
     * @return an upload whose entry has {@code offset} bytes
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if there is no such upload, or it cannot go on
     *     there
     */
    FileUpload resume(VirtualPath file, long offset, boolean mayWait) throws VfsException;

    /**
     * Starts an upload that changes a file that is there: it keeps the bytes that are not written, before what is written
     * and behind it, without their passing through here where they are many. What is stored with the file stays, except for
     * its time. All refusals happen here, as for {@link #create}; the account needs the permission to overwrite.
     *
     * <p>The commit fails with {@link dev.slipway.core.Failure#CONFLICT} if the file is another version by then. One that is
     * cut off can be gone on with only if it wrote behind the end of the file, and some of that has reached the store.
     *
     * @param offset where the first byte goes, from 0 to the file's size, or {@link #AT_END}, or {@link #ANYWHERE}
     * @param mayWait as for {@link #create}
     * @param resumable as for {@link #create}
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if the file ends before the offset, or the store
     *     gives no entity tags; {@link dev.slipway.core.Failure#BUSY} if an upload of it was cut off: see {@link #resume}
     */
    FileUpload change(VirtualPath file, long offset, boolean mayWait, boolean resumable) throws VfsException;

    /**
     * Sets the size of a file that is there: bytes behind it are cut off, and missing ones are zeroes. Blocks until the store
     * has confirmed it.
     *
     * @param size see {@link FileUpload#truncate}
     * @param mayWait as for {@link #create}
     * @return what stat now says of the file
     */
    default FileEntry truncate(VirtualPath file, long size, boolean mayWait) throws VfsException {
        try (FileUpload upload = change(file, ANYWHERE, mayWait, false)) {
            upload.truncate(size);
            return upload.commit();
        }
    }

    /** The largest file that can be uploaded, in bytes. */
    long largestFile();

    /**
     * The room where a path is: what {@code statvfs@openssh.com}, AVBL and {@code df} show. Blocks for the requests that
     * {@link #stat} needs.
     *
     * @param path a file or directory that exists
     */
    Space space(VirtualPath path) throws VfsException;

    /** Renames a file or a directory with all that is in it. Attributes and times are kept. */
    void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException;

    /**
     * Copies a file, on the store's side, with its attributes and time; it appears whole. Blocks until the store has
     * confirmed it.
     *
     * @param mode what becomes of a file that is there
     * @return what stat now says of the copy
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if the file is replaced meanwhile, and
     *     {@link dev.slipway.core.Failure#NAME_INVALID} if both paths are one file's
     */
    FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode) throws VfsException;

    /** Deletes a file, and discards an upload of it that this account could go on with. */
    void delete(VirtualPath file) throws VfsException;

    /** Creates a directory; its parent must exist. */
    void mkdir(VirtualPath directory) throws VfsException;

    /** Deletes an empty directory. */
    void rmdir(VirtualPath directory) throws VfsException;

    /**
     * Sets the time of a file or directory.
     *
     * @param modified kept in whole seconds
     */
    void setModified(VirtualPath path, Instant modified) throws VfsException;

    /**
     * The checksums of a file's blocks, one behind the other. Blocks: for as long as it takes to read the bytes where the
     * checksum is known neither to the store nor from an earlier time. That of a whole file is then kept.
     *
     * @param offset the first byte, from 0 to the file's size
     * @param length the count of bytes, at least 0; what goes beyond the end of the file does not count
     * @param block the count of bytes of each checksum but the last, at least 1
     * @param cancelled asked again and again; once true the failure is {@link dev.slipway.core.Failure#ABORTED}
     * @return at least one checksum: of no bytes there is one, too
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if the file is replaced meanwhile, and
     *     {@link dev.slipway.core.Failure#UNSUPPORTED} if the offset is behind its end
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

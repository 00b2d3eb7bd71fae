package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import java.time.Instant;

/**
 * The files of one login: the account's mounts, with its permissions. Every protocol works on this and on nothing
 * below it. All calls block and may come from any thread.
 */
public interface VirtualFileSystem {
    /** What is at a path. */
    FileEntry stat(VirtualPath path) throws VfsException;

    /** The entries of a directory. Fails at once if the path is not a directory that may be listed. */
    EntryCursor list(VirtualPath directory) throws VfsException;

    /** Opens a file for reading. No bytes are asked for before the first read. */
    FileDownload open(VirtualPath file) throws VfsException;

    /**
     * Starts an upload. All refusals happen here: the path, the parent directory, permissions, memory.
     *
     * @param mayWait whether to wait (at most the configured admission time, 30 s by default) while the part memory is
     *     in use; without, the failure is {@link dev.slipway.core.Failure#BUSY} at once. A caller that already holds an
     *     upload on the same thread of requests must not wait.
     */
    FileUpload create(VirtualPath file, CreateMode mode, boolean mayWait) throws VfsException;

    /** The largest file that can be uploaded, in bytes. */
    long largestFile();

    /** Renames a file or a directory with all that is in it. Attributes and times are kept. */
    void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException;

    /** Deletes a file. */
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
}

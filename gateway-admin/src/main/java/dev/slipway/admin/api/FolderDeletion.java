package dev.slipway.admin.api;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.util.List;

/** Deletes a folder with everything in it, one file after the other, until a moment. For one thread; blocks for the store. */
final class FolderDeletion {
    /** How many entries are remembered at once, over all levels of folders. */
    private static final int MOST_REMEMBERED = 2000;

    private final VirtualFileSystem files;
    private final long deadline;
    private long deletedFiles;
    private long deletedFolders;
    private int remembered;

    /** @param deadline a time of {@link System#nanoTime()} */
    FolderDeletion(VirtualFileSystem files, long deadline) {
        this.files = files;
        this.deadline = deadline;
    }

    /** How many files were deleted. */
    long files() {
        return deletedFiles;
    }

    /** How many folders were deleted. */
    long folders() {
        return deletedFolders;
    }

    void deleteFile(VirtualPath file) throws VfsException {
        files.delete(file);
        deletedFiles++;
    }

    void deleteFolder(VirtualPath folder) throws VfsException {
        files.rmdir(folder);
        deletedFolders++;
    }

    /** Returns whether everything was deleted in time. */
    boolean deleteAll(VirtualPath folder) throws VfsException {
        List<FileEntry> entries = entries(folder);
        while (!entries.isEmpty()) {
            remembered += entries.size();
            for (FileEntry entry : entries) {
                if (System.nanoTime() - deadline >= 0 || !delete(entry)) {
                    return false;
                }
            }
            remembered -= entries.size();
            entries = entries(folder);
        }
        try {
            deleteFolder(folder);
        } catch (VfsException e) {
            ignoreMissing(e);
        }
        return true;
    }

    /** Some entries: fewer with each level, so that no tree of folders takes much memory. */
    private List<FileEntry> entries(VirtualPath folder) throws VfsException {
        try (EntryCursor cursor = files.list(folder)) {
            return cursor.next(Math.max(1, (MOST_REMEMBERED - remembered) / 2));
        } catch (VfsException e) {
            ignoreMissing(e);
            return List.of();
        }
    }

    private boolean delete(FileEntry entry) throws VfsException {
        if (entry.directory()) {
            return deleteAll(entry.path());
        }
        try {
            deleteFile(entry.path());
        } catch (VfsException e) {
            ignoreMissing(e);
        }
        return true;
    }

    /** Somebody else has deleted it meanwhile. */
    private static void ignoreMissing(VfsException failure) throws VfsException {
        if (failure.failure() != Failure.NOT_FOUND) {
            throw failure;
        }
    }
}

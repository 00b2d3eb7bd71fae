package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import java.util.List;

/**
 * Walks a directory page by page, in no guaranteed order. Memory use is that of one page, even for a directory of a
 * million entries. The page's memory comes from a budget and is held from the first page until the end of the listing
 * or {@link #close}. Not thread-safe, except for {@link #close}.
 */
public interface EntryCursor extends AutoCloseable {
    /**
     * Returns the next entries. Blocks for the requests that a page needs.
     *
     * @param limit the most entries to return, at least 1
     * @return empty when the directory has no further entries
     * @throws VfsException {@link dev.slipway.core.Failure#BUSY} if the memory for listings is in use; the listing
     *     cannot continue
     */
    List<FileEntry> next(int limit) throws VfsException;

    /** Returns the memory. Does not block. */
    @Override
    void close();
}

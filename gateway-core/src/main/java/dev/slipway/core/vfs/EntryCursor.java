package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import java.util.List;

/**
 * Walks a directory page by page, in no promised order; a directory of a million entries costs the memory of one page.
 * It holds memory of a budget for the page, from its first page until its end or {@link #close}. Not safe for use by several
 * threads at once, except for {@link #close}.
 */
public interface EntryCursor extends AutoCloseable {
    /**
     * The next entries. Blocks for the requests that a page needs.
     *
     * @param limit the most entries wanted, at least 1
     * @return empty when the directory has no further entries
     * @throws VfsException {@link dev.slipway.core.Failure#BUSY} if the memory for listings is in use: the listing cannot go
     *     on then
     */
    List<FileEntry> next(int limit) throws VfsException;

    /** Gives the memory back. Does not block. */
    @Override
    void close();
}

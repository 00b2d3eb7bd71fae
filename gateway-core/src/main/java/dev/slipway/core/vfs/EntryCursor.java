package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import java.util.List;

/**
 * Walks a directory page by page, in no promised order; a directory of a million entries costs the memory of one page.
 * Not safe for use by several threads at once. Holds nothing that needs closing.
 */
public interface EntryCursor {
    /**
     * The next entries. Blocks for the requests that a page needs.
     *
     * @param limit the most entries wanted, at least 1
     * @return empty when the directory has no further entries
     */
    List<FileEntry> next(int limit) throws VfsException;
}

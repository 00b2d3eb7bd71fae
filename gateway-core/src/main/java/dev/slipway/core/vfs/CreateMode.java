package dev.slipway.core.vfs;

/** What an upload does if the file already exists. */
public enum CreateMode {
    /** The file must not exist, neither at the start nor at the commit. */
    NEW,
    /** The commit replaces an existing file atomically. */
    REPLACE
}

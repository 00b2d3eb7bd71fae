package dev.slipway.core.vfs;

/** What an upload does about a file that is already there. */
public enum CreateMode {
    /** The file must not exist, neither at the start nor at the commit. */
    NEW,
    /** A file that exists is replaced, as one step, at the commit. */
    REPLACE
}

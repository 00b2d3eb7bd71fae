package dev.slipway.core.vfs;

/** What a rename does if the target already exists. */
public enum RenameMode {
    /** The target must not exist. */
    KEEP_TARGET,
    /** A file replaces a file, a directory replaces an empty directory. */
    REPLACE_TARGET
}

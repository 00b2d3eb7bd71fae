package dev.slipway.core.vfs;

/** What a rename does about a target that is already there. */
public enum RenameMode {
    /** The target must not exist. */
    KEEP_TARGET,
    /** A file replaces a file, a directory replaces an empty directory. */
    REPLACE_TARGET
}

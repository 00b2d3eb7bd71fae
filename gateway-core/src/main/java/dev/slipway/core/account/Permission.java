package dev.slipway.core.account;

/** What an account may do inside its mounts. */
public enum Permission {
    /** See names and attributes. */
    LIST,
    /** Download. */
    READ,
    /** Upload new files. */
    WRITE,
    /** Replace existing files. */
    OVERWRITE,
    /** Delete files and directories. */
    DELETE,
    /** Rename files and directories. */
    RENAME,
    /** Create directories. */
    MKDIR
}

package dev.slipway.core.event;

/** An operation on a file or directory. Queries (stat) are not included: there are too many. */
public enum Operation {
    /** Storing a file. */
    UPLOAD,
    /** Reading a file. */
    DOWNLOAD,
    /** Listing a directory. */
    LIST,
    /** Deleting a file. */
    DELETE,
    /** Renaming a file or a directory. */
    RENAME,
    /** Copying a file. */
    COPY,
    /** Creating a directory. */
    MAKE_DIRECTORY,
    /** Deleting an empty directory. */
    REMOVE_DIRECTORY,
    /** Setting the time of a file or directory. */
    SET_MODIFIED,
    /** Setting the mode, owner or group of a file or directory. */
    SET_ATTRIBUTES,
    /** Computing a checksum of a file. */
    CHECKSUM
}

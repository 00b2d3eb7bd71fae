package dev.slipway.core;

/**
 * Every way in which a file operation can fail. Each protocol maps these to its own replies with one exhaustive
 * {@code switch} without a default, so that a new constant does not compile until every protocol has an answer.
 */
public enum Failure {
    /** Neither a file nor a directory has this path. Never used for a store that cannot be reached. */
    NOT_FOUND,
    /** The account may not do this. */
    PERMISSION_DENIED,
    /** The target exists and the operation does not replace. */
    ALREADY_EXISTS,
    /** The directory has children. */
    DIRECTORY_NOT_EMPTY,
    /** A directory is needed where the path, or one of its ancestors, is a file. */
    NOT_A_DIRECTORY,
    /** A file is needed where the path is a directory. */
    IS_A_DIRECTORY,
    /** No object can have this name: too long, malformed, or refused by the store. */
    NAME_INVALID,
    /** Slipway, or this store, cannot do this. */
    UNSUPPORTED,
    /** The store keeps the object in an archive: before it can be read it has to be restored there. */
    ARCHIVED,
    /** The account's quota is used up. */
    QUOTA_EXCEEDED,
    /** Larger than the store or the configured part memory allows. */
    TOO_LARGE,
    /** No memory or no place could be had in time; the same request may succeed later. */
    BUSY,
    /** Somebody else changed the object in the meantime. */
    CONFLICT,
    /** The store cannot be reached, refuses the gateway's credentials, or answers with errors of its own. */
    UNAVAILABLE,
    /** What arrived or what was stored is not what was sent. */
    INTEGRITY,
    /** A defect of the gateway. */
    INTERNAL,
    /** The transfer was ended before it was complete. */
    ABORTED
}

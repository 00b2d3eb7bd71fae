package dev.slipway.core;

/**
 * All ways in which a file operation can fail. Each protocol maps them to its own replies in one exhaustive {@code
 * switch} without a default, so that a new constant does not compile until every protocol handles it.
 */
public enum Failure {
    /** There is neither a file nor a directory at this path. Never used for a store that cannot be reached. */
    NOT_FOUND,
    /** The account lacks the permission. */
    PERMISSION_DENIED,
    /** The target exists and the operation does not replace it. */
    ALREADY_EXISTS,
    /** The directory has children. */
    DIRECTORY_NOT_EMPTY,
    /** The path, or one of its ancestors, is a file, but a directory is needed. */
    NOT_A_DIRECTORY,
    /** The path is a directory, but a file is needed. */
    IS_A_DIRECTORY,
    /** The name is not valid for an object: too long, malformed, or refused by the store. */
    NAME_INVALID,
    /** Slipway, or this store, does not support this. */
    UNSUPPORTED,
    /** The object is in an archive class of the store and must be restored before it can be read. */
    ARCHIVED,
    /** The account's quota is used up. */
    QUOTA_EXCEEDED,
    /** The file is larger than the store or the configured part memory allows. */
    TOO_LARGE,
    /** Memory or another resource was not free in time; the same request may succeed later. */
    BUSY,
    /** Somebody else changed the object in the meantime. */
    CONFLICT,
    /** The store cannot be reached, refuses the gateway's credentials, or fails. */
    UNAVAILABLE,
    /** The bytes that arrived or were stored differ from those that were sent. */
    INTEGRITY,
    /** An internal error of the gateway. */
    INTERNAL,
    /** The transfer was ended before it was complete. */
    ABORTED;

    /**
     * Whether the same operation, started anew, may succeed although nobody does anything about it. An upload that is
     * to continue with what it has sent cannot do so after a {@link #CONFLICT} or an {@link #INTERNAL} error.
     */
    public boolean isTemporary() {
        return switch (this) {
            case BUSY, CONFLICT, UNAVAILABLE, INTEGRITY, INTERNAL, ABORTED -> true;
            case NOT_FOUND,
                    PERMISSION_DENIED,
                    ALREADY_EXISTS,
                    DIRECTORY_NOT_EMPTY,
                    NOT_A_DIRECTORY,
                    IS_A_DIRECTORY,
                    NAME_INVALID,
                    UNSUPPORTED,
                    ARCHIVED,
                    QUOTA_EXCEEDED,
                    TOO_LARGE -> false;
        };
    }
}

package dev.slipway.ftps.control;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;

/** The one place where a failure of the file system becomes a reply code. */
public final class FailureReply {
    private FailureReply() {}

    /** The reply to a command with this failure. */
    public static Reply of(VfsException failure) {
        return new Reply(code(failure.failure()), String.valueOf(failure.getMessage()));
    }

    private static int code(Failure failure) {
        return switch (failure) {
            case NOT_FOUND, PERMISSION_DENIED, ALREADY_EXISTS, DIRECTORY_NOT_EMPTY, NOT_A_DIRECTORY, IS_A_DIRECTORY ->
                550;
            case NAME_INVALID -> 553;
            // Not a 450, which clients repeat by themselves: restoring takes hours, and somebody has to ask for it.
            case ARCHIVED -> 550;
            case UNSUPPORTED -> 504;
            case QUOTA_EXCEEDED, TOO_LARGE -> 552;
            case BUSY, CONFLICT -> 450;
            case UNAVAILABLE, INTEGRITY, INTERNAL -> 451;
            case ABORTED -> 426;
        };
    }
}

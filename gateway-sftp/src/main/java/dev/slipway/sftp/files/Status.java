package dev.slipway.sftp.files;

import dev.slipway.core.Failure;

/** The status codes that a server may send in version 3 (draft-ietf-secsh-filexfer-02 section 7). */
public enum Status {
    OK(0),
    EOF(1),
    NO_SUCH_FILE(2),
    PERMISSION_DENIED(3),
    FAILURE(4),
    BAD_MESSAGE(5),
    // 6 and 7 are for clients only
    OP_UNSUPPORTED(8);

    private final int code;

    Status(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The message about a failure for a client. */
    public static Status of(Failure failure) {
        return switch (failure) {
            case NOT_FOUND -> NO_SUCH_FILE;
            case PERMISSION_DENIED -> PERMISSION_DENIED;
            case UNSUPPORTED -> OP_UNSUPPORTED;
            case ARCHIVED,
                    ALREADY_EXISTS,
                    DIRECTORY_NOT_EMPTY,
                    NOT_A_DIRECTORY,
                    IS_A_DIRECTORY,
                    NAME_INVALID,
                    QUOTA_EXCEEDED,
                    TOO_LARGE,
                    BUSY,
                    CONFLICT,
                    UNAVAILABLE,
                    INTEGRITY,
                    INTERNAL,
                    ABORTED -> FAILURE;
        };
    }
}

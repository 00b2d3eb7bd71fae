package dev.slipway.app.model;

import dev.slipway.core.Failure;

/** The protocols of clients, and their answers to failures: the table in docs/reference/semantics.md. */
enum Protocol {
    SFTP {
        @Override
        int code(Failure failure) {
            return switch (failure) {
                case NOT_FOUND -> 2;
                case PERMISSION_DENIED -> 3;
                case UNSUPPORTED -> 8;
                case ALREADY_EXISTS,
                        DIRECTORY_NOT_EMPTY,
                        NOT_A_DIRECTORY,
                        IS_A_DIRECTORY,
                        NAME_INVALID,
                        ARCHIVED,
                        QUOTA_EXCEEDED,
                        TOO_LARGE,
                        BUSY,
                        CONFLICT,
                        UNAVAILABLE,
                        INTEGRITY,
                        INTERNAL,
                        ABORTED -> 4;
            };
        }
    },
    FTPS {
        @Override
        int code(Failure failure) {
            return switch (failure) {
                case NOT_FOUND,
                        PERMISSION_DENIED,
                        ALREADY_EXISTS,
                        DIRECTORY_NOT_EMPTY,
                        NOT_A_DIRECTORY,
                        IS_A_DIRECTORY,
                        ARCHIVED -> 550;
                case NAME_INVALID -> 553;
                case UNSUPPORTED -> 504;
                case QUOTA_EXCEEDED, TOO_LARGE -> 552;
                case BUSY, CONFLICT -> 450;
                case UNAVAILABLE, INTEGRITY, INTERNAL -> 451;
                case ABORTED -> 426;
            };
        }
    };

    abstract int code(Failure failure);

    /** The answer that a client of this protocol reports. */
    final String refusal(Failure failure) {
        return Answers.refused(code(failure));
    }
}

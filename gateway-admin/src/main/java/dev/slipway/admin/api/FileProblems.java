package dev.slipway.admin.api;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.transfer.json.JsonWords;

/** The one place where a failure of the file system becomes a problem of the API. */
final class FileProblems {
    private FileProblems() {}

    /** The problem of a request with this failure; its member {@code reason} names the failure. */
    static ProblemException of(VfsException failure) {
        ProblemException problem = new ProblemException(type(failure.failure()), failure.getMessage())
                .with("reason", JsonWords.of(failure.failure()));
        return switch (failure.failure()) {
            case BUSY, UNAVAILABLE -> problem.withHeader("Retry-After", "2");
            default -> problem;
        };
    }

    private static ProblemType type(Failure failure) {
        return switch (failure) {
            case NOT_FOUND -> ProblemType.NOT_FOUND;
            case PERMISSION_DENIED -> ProblemType.FORBIDDEN;
            case ALREADY_EXISTS, DIRECTORY_NOT_EMPTY, NOT_A_DIRECTORY, IS_A_DIRECTORY, CONFLICT -> ProblemType.CONFLICT;
            case NAME_INVALID, UNSUPPORTED, ARCHIVED -> ProblemType.FILE_REFUSED;
            case QUOTA_EXCEEDED -> ProblemType.QUOTA_EXCEEDED;
            case TOO_LARGE -> ProblemType.TOO_LARGE;
            case BUSY, ABORTED -> ProblemType.UNAVAILABLE;
            case UNAVAILABLE, INTEGRITY -> ProblemType.STORE_UNAVAILABLE;
            case INTERNAL -> ProblemType.INTERNAL;
        };
    }
}

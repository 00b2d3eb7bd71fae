package dev.slipway.core.store.doctor;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.Optional;

/** Tells what a store refuses from what it fails to do: only the first says what it can do. */
final class Refusals {
    private static final int SERVER_ERROR = 500;
    private static final int NOT_IMPLEMENTED = 501;

    private Refusals() {}

    /**
     * Makes a request that the store may refuse.
     *
     * @return the refusal, if it did
     * @throws StoreException the store failed
     */
    static Optional<StoreException> of(StoreRequest request) throws StoreException {
        try {
            request.run();
            return Optional.empty();
        } catch (StoreException e) {
            if (!isRefusal(e)) {
                throw e;
            }
            return Optional.of(e);
        }
    }

    /** Whether a failure says something of the store: it has refused the request, or its answer is wrong. */
    static boolean isRefusal(StoreException e) {
        if (e.getCause() == null) {
            // The probe itself has found the answer wrong.
            return true;
        }
        return e.getCause() instanceof S3Exception answer
                && (answer.status() == 0
                        ? answer.error() != S3Error.NO_ANSWER
                        : answer.status() < SERVER_ERROR || answer.status() == NOT_IMPLEMENTED);
    }

    /** Whether the store has answered with an error, rather than not at all or with something else. */
    static boolean hasAnswer(StoreException e) {
        return e.getCause() instanceof S3Exception answer && answer.status() > 0;
    }

    /** Whether the store has answered that it does not do what was asked, or not for this key. */
    static boolean isRejected(StoreException e) {
        return e.getCause() instanceof S3Exception answer
                && (answer.status() / 100 == 4 || answer.status() == NOT_IMPLEMENTED);
    }

    /** Whether the store does not support the request, or not in this form. */
    static boolean isUnsupported(StoreException e) {
        return StoreFailures.isRefusal(e);
    }

    static boolean isConflict(StoreException e) {
        return e.failure() == Failure.CONFLICT;
    }

    /** What the store answered, or why it did not, in short. */
    static String answer(StoreException e) {
        return e.getCause() instanceof S3Exception answer ? answer.getMessage() : e.getMessage();
    }
}

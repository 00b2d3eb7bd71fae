package dev.slipway.core.store.s3;

import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** Turns what the SDK throws into the port's {@link S3Exception}. */
final class AwsFailures {
    private AwsFailures() {}

    /** What is none of the SDK's stays what it is. */
    static Throwable of(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof AwsServiceException service) {
            return S3Exception.answer(
                    service.statusCode(), code(service), message(service), attempts(service), service);
        }
        if (cause instanceof SdkException sdk) {
            // The failure of a receiver comes wrapped.
            return sdk.getCause() instanceof S3Exception own ? own : S3Exception.noAnswer(root(sdk), sdk);
        }
        return cause;
    }

    /**
     * Waits for a request of the SDK itself; the cause of a failure is the SDK's, too.
     *
     * @param what names the request in the message of a failure
     */
    static <T> T await(CompletableFuture<T> future, String what) throws StoreException {
        try {
            return StoreFailures.await(
                    future.exceptionallyCompose(thrown -> CompletableFuture.failedFuture(of(thrown))), what);
        } catch (StoreException e) {
            throw e.getCause() instanceof S3Exception answer && answer.getCause() != null
                    ? new StoreException(e.failure(), e.getMessage(), answer.getCause())
                    : e;
        }
    }

    /** Whether a store does not do what was asked, or not in this form, whoever asks for whatever object. */
    static boolean isRefusal(StoreException e) {
        return e.getCause() instanceof AwsServiceException service
                && of(service) instanceof S3Exception answer
                && answer.isRefusal();
    }

    /** What the store answered, or why it did not, in short. */
    static String answer(StoreException e) {
        return e.getCause() instanceof SdkException sdk ? describe(sdk) : e.getMessage();
    }

    /** The answer in short. */
    static String describe(SdkException e) {
        return String.valueOf(of(e).getMessage());
    }

    /** The error code behind a failure, or an empty string where the store gave none. */
    static String code(StoreException e) {
        return e.getCause() instanceof AwsServiceException service ? code(service) : "";
    }

    /** The error code that S3 gave, or an empty string: a HEAD has no body and so no code. */
    static String code(AwsServiceException e) {
        if (e.awsErrorDetails() == null || e.awsErrorDetails().errorCode() == null) {
            return "";
        }
        return e.awsErrorDetails().errorCode();
    }

    private static @Nullable String message(AwsServiceException e) {
        return e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorMessage();
    }

    private static int attempts(AwsServiceException e) {
        return e.numAttempts() == null ? 1 : e.numAttempts();
    }

    private static String root(Throwable thrown) {
        if (thrown.getCause() == null) {
            return String.valueOf(thrown.getMessage());
        }
        Throwable cause = thrown.getCause();
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return thrown.getMessage() + " (" + cause + ")";
    }
}

package dev.slipway.core.store.s3;

import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** Converts the SDK's exceptions to the port's {@link S3Exception}. */
final class AwsFailures {
    private AwsFailures() {}

    /** Returns exceptions that are not the SDK's unchanged. */
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
            // The SDK wraps the failure of a receiver.
            return sdk.getCause() instanceof S3Exception own ? own : S3Exception.noAnswer(root(sdk), sdk);
        }
        return cause;
    }

    /**
     * Waits for a request made directly through the SDK. The cause of a failure is the SDK's exception.
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

    /** Whether a store does not support the request, or not in this form, for any caller and any object. */
    static boolean isRefusal(StoreException e) {
        return e.getCause() instanceof AwsServiceException service
                && of(service) instanceof S3Exception answer
                && answer.isRefusal();
    }

    /** The store's answer, or why there was none, in short. */
    static String answer(StoreException e) {
        return e.getCause() instanceof SdkException sdk ? describe(sdk) : e.getMessage();
    }

    /** The answer in short. */
    static String describe(SdkException e) {
        return String.valueOf(of(e).getMessage());
    }

    /** The error code of a failure, or an empty string if the store returned none. */
    static String code(StoreException e) {
        return e.getCause() instanceof AwsServiceException service ? code(service) : "";
    }

    /** The error code that S3 returned, or an empty string: the answer to a HEAD has no body and so no code. */
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

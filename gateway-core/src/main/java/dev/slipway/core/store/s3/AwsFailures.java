package dev.slipway.core.store.s3;

import dev.slipway.core.s3.S3Exception;
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

    /** The answer in short. */
    static String describe(SdkException e) {
        return String.valueOf(of(e).getMessage());
    }

    /** The error code that S3 gave, or an empty string: a HEAD has no body and so no code. */
    private static String code(AwsServiceException e) {
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

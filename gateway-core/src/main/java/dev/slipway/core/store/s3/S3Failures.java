package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.StoreException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Turns what the SDK throws into {@link StoreException}s. See
 * <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html">S3, error responses</a>.
 */
final class S3Failures {
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private S3Failures() {}

    /**
     * Waits for a request.
     *
     * @param what names the request and its object in the message of a failure
     */
    static <T> T await(CompletableFuture<T> future, String what) throws StoreException {
        return await(future, what, FOR_EVER);
    }

    /**
     * Waits for a request that a store answers at once or not at all. The SDK has limits of its own; this is for what slips
     * through them: an SDK 2.56 client whose connection was refused while the store started has been seen to wait without end.
     *
     * @param limit after which the request is given up: {@link Failure#UNAVAILABLE}
     */
    static <T> T await(CompletableFuture<T> future, String what, Duration limit) throws StoreException {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new StoreException(Failure.UNAVAILABLE, what + ": no answer within " + limit.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw of(e.getCause() == null ? e : e.getCause(), what);
        } catch (CancellationException e) {
            throw new StoreException(Failure.ABORTED, what + ": cancelled", e);
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, what + ": interrupted", e);
        }
    }

    static StoreException of(Throwable thrown, String what) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof StoreException already) {
            return already;
        }
        if (cause instanceof StateException state) {
            return new StoreException(Failure.UNAVAILABLE, what + ": " + state.getMessage(), state);
        }
        if (cause instanceof AwsServiceException service) {
            return new StoreException(failure(service), what + ": " + describe(service), service);
        }
        if (cause instanceof SdkException sdk) {
            return new StoreException(Failure.UNAVAILABLE, what + ": " + root(sdk), sdk);
        }
        return new StoreException(Failure.INTERNAL, what + ": " + cause, cause);
    }

    /** The error code that S3 gave, or an empty string: a HEAD has no body and so no code. */
    static String code(AwsServiceException e) {
        if (e.awsErrorDetails() == null || e.awsErrorDetails().errorCode() == null) {
            return "";
        }
        return e.awsErrorDetails().errorCode();
    }

    private static Failure failure(AwsServiceException e) {
        return failure(code(e), e.statusCode());
    }

    /**
     * What an error code means.
     *
     * @param status the HTTP status, which decides where the code says nothing; 0 where there is none
     */
    static Failure failure(String code, int status) {
        return switch (code) {
            case "NoSuchKey" -> Failure.NOT_FOUND;
            case "AccessDenied", "AllAccessDisabled", "MethodNotAllowed" -> Failure.PERMISSION_DENIED;
            case "KeyTooLongError",
                    "InvalidObjectName",
                    "XMinioInvalidObjectName",
                    "XMinioInvalidResourceName",
                    "XMinioParentIsObject",
                    "ObjectParentIsFile",
                    "ExistingObjectIsDirectory" -> Failure.NAME_INVALID;
            case "EntityTooLarge" -> Failure.TOO_LARGE;
            case "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted" -> Failure.CONFLICT;
            case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch" ->
                Failure.INTEGRITY;
            case "NotImplemented" -> Failure.UNSUPPORTED;
            // The first is the answer to a GET, the second to a copy.
            case "InvalidObjectState", "ObjectNotInActiveTierError" -> Failure.ARCHIVED;
            case "QuotaExceeded", "XMinioAdminBucketQuotaExceeded" -> Failure.QUOTA_EXCEEDED;
            // The gateway's own credentials, clock, account or bucket: nothing that the client could have done
            // differently. Most of them come with a 403.
            case "AccountProblem",
                    "NotSignedUp",
                    "InvalidSecurity",
                    "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "ExpiredToken",
                    "InvalidToken",
                    "TokenRefreshRequired",
                    "RequestTimeTooSkewed",
                    "RequestExpired",
                    "NoSuchBucket",
                    "PermanentRedirect",
                    "AuthorizationHeaderMalformed",
                    "SlowDown" -> Failure.UNAVAILABLE;
            default ->
                switch (status) {
                    case 404 -> Failure.NOT_FOUND;
                    case 403 -> Failure.PERMISSION_DENIED;
                    case 409, 412 -> Failure.CONFLICT;
                    case 501 -> Failure.UNSUPPORTED;
                    case 507 -> Failure.QUOTA_EXCEEDED;
                    default -> Failure.UNAVAILABLE;
                };
        };
    }

    /** The error code behind a failure, or an empty string where the store gave none. */
    static String code(StoreException e) {
        return e.getCause() instanceof AwsServiceException service ? code(service) : "";
    }

    /** Whether the store has answered 400: to a HEAD, which has no body, it cannot say more. */
    static boolean isBadRequest(StoreException e) {
        return e.getCause() instanceof AwsServiceException service && service.statusCode() == 400;
    }

    /** Whether the store has answered that an object has no such range of bytes. */
    static boolean isOutOfRange(StoreException e) {
        return e.getCause() instanceof AwsServiceException service && service.statusCode() == 416;
    }

    /** Whether a store does not do what was asked, or not in this form, whoever asks for whatever object. */
    static boolean isRefusal(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof StoreException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (!(cause instanceof AwsServiceException service)) {
            return false;
        }
        return switch (service.statusCode()) {
            case 405, 411, 501 -> true;
            case 400 ->
                Set.of(
                                "",
                                "NotImplemented",
                                "InvalidArgument",
                                "InvalidRequest",
                                "BadRequest",
                                "MissingContentMD5",
                                "MalformedXML")
                        .contains(code(service));
            default -> code(service).equals("NotImplemented") || code(service).equals("MethodNotAllowed");
        };
    }

    /** What the store answered, or why it did not, in short. */
    static String answer(StoreException e) {
        return switch (e.getCause()) {
            case AwsServiceException service -> describe(service);
            case SdkException sdk -> root(sdk);
            case null, default -> e.getMessage();
        };
    }

    /** The answer in short. */
    static String describe(AwsServiceException e) {
        String message =
                e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorMessage();
        return "HTTP " + e.statusCode() + " " + code(e) + (message == null ? "" : " (" + message + ")");
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

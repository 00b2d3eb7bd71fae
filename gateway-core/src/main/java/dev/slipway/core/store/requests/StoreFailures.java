package dev.slipway.core.store.requests;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.StoreException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for the operations of a store, and converts their failures to {@link StoreException}s. */
public final class StoreFailures {
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private StoreFailures() {}

    /**
     * Waits for a request.
     *
     * @param what names the request and its object in the message of a failure
     */
    public static <T> T await(CompletableFuture<T> future, String what) throws StoreException {
        return await(future, what, FOR_EVER);
    }

    /**
     * Waits for a request that a store answers promptly or not at all. The SDK has its own limits; this one covers
     * their gaps: a client of SDK 2.56 whose connection was refused while the store started was seen to wait forever.
     *
     * @param limit the longest wait; after it the failure is {@link Failure#UNAVAILABLE}
     */
    public static <T> T await(CompletableFuture<T> future, String what, Duration limit) throws StoreException {
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

    /** Converts a failure for the caller. */
    public static StoreException of(Throwable thrown, String what) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return switch (cause) {
            case StoreException already -> already;
            case StateException state ->
                new StoreException(Failure.UNAVAILABLE, what + ": " + state.getMessage(), state);
            case S3Exception answer ->
                new StoreException(
                        answer.error().failure(), what + ": " + answer.getMessage(), answer, answer.isPermanent());
            default -> new StoreException(Failure.INTERNAL, what + ": " + cause, cause);
        };
    }

    /** Whether the store answered with this error. */
    public static boolean is(StoreException e, S3Error error) {
        return e.getCause() instanceof S3Exception answer && answer.error() == error;
    }

    /** The error code of a failure, or an empty string if the store returned none. */
    public static String code(StoreException e) {
        return e.getCause() instanceof S3Exception answer ? answer.code() : "";
    }

    /** Whether the store answered 400: the answer to a HEAD has no body that could say more. */
    public static boolean isBadRequest(StoreException e) {
        return e.getCause() instanceof S3Exception answer && answer.status() == 400;
    }

    /** Whether the failed request was a retry, so that the first attempt may have succeeded. */
    public static boolean isOfRepeatedRequest(StoreException e) {
        return e.getCause() instanceof S3Exception answer && answer.attempts() > 1;
    }

    /** Whether a store does not support the request, or not in this form, for any caller and any object. */
    public static boolean isRefusal(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof StoreException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof S3Exception answer && answer.isRefusal();
    }
}

package dev.slipway.conformance;

import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.RequestFault;
import java.util.Optional;
import java.util.SplittableRandom;

/** A fault of requests of one operation to the store. */
enum StoreFault {
    /** The connection is reset before the store receives the request. */
    RESET,
    /** The connection is reset before the store receives the request, and so are those of its retries. */
    RESET_OFTEN,
    /** The store performs the request, and its answer is lost. */
    LOSE_ANSWER,
    LOSE_ANSWERS,
    /** The store performs the request, and its answer stalls in the middle. */
    STALL,
    /** The request is not performed, and no answer comes. */
    HANG,
    SLOW_DOWN,
    /** An error, repeated so often that retries do not help. */
    FAIL_OFTEN,
    REFUSE,
    /** A status of success with an error in the body, as S3 may answer long operations. */
    ERROR_IN_SUCCESS,
    /** The answer is late. */
    DELAY;

    private static final String INTERNAL_ERROR =
            "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>";
    private static final int OFTEN = 6;

    static StoreFault any(SplittableRandom random) {
        return values()[random.nextInt(values().length)];
    }

    /** How many requests it may affect. */
    int count() {
        return switch (this) {
            case RESET, LOSE_ANSWER, STALL, HANG, SLOW_DOWN, REFUSE, ERROR_IN_SUCCESS -> 1;
            case DELAY -> 3;
            case RESET_OFTEN, LOSE_ANSWERS, FAIL_OFTEN -> OFTEN;
        };
    }

    boolean befalls(HttpRequest request) {
        return switch (this) {
            case ERROR_IN_SUCCESS ->
                (request.method().equals("POST") && request.hasParameter("uploadId"))
                        || request.header("x-amz-copy-source").isPresent();
            case LOSE_ANSWER, LOSE_ANSWERS, STALL -> !isRead(request);
            default -> true;
        };
    }

    static boolean isRead(HttpRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    /** What happens to an affected request; empty for a mere delay, which happens here. */
    Optional<RequestFault> act(SplittableRandom random) {
        return switch (this) {
            case RESET, RESET_OFTEN -> Optional.of(new RequestFault.Reset());
            case LOSE_ANSWER, LOSE_ANSWERS -> Optional.of(RequestFault.loseReply());
            case STALL -> Optional.of(new RequestFault.StallReply(random.nextInt(200)));
            case HANG -> Optional.of(new RequestFault.Hang());
            case SLOW_DOWN -> Optional.of(RequestFault.slowDown());
            case FAIL_OFTEN -> Optional.of(new RequestFault.Respond(500, INTERNAL_ERROR));
            case REFUSE ->
                Optional.of(new RequestFault.Respond(
                        403, "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>"));
            case ERROR_IN_SUCCESS -> Optional.of(new RequestFault.Respond(200, INTERNAL_ERROR));
            case DELAY -> {
                try {
                    Thread.sleep(random.nextInt(50, 1000));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                yield Optional.empty();
            }
        };
    }
}

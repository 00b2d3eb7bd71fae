package dev.slipway.conformance;

import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.RequestFault;
import java.util.Optional;
import java.util.SplittableRandom;

/** What befalls requests of one operation on their way to the store. */
enum StoreFault {
    /** The connection is reset before the store hears of it. */
    RESET,
    /** The connection is reset before anything, for whatever is asked in place of it too. */
    RESET_OFTEN,
    /** The store does it, and its answer is lost. */
    LOSE_ANSWER,
    LOSE_ANSWERS,
    /** The store does it, and in the middle of its answer nothing comes any more. */
    STALL,
    /** Nothing comes back, and nothing is done. */
    HANG,
    SLOW_DOWN,
    /** An error, and so often that no repetition helps. */
    FAIL_OFTEN,
    REFUSE,
    /** Success by the status, an error by the body, as S3 does it with what takes long. */
    ERROR_IN_SUCCESS,
    /** The answer comes late. */
    DELAY;

    private static final String INTERNAL_ERROR =
            "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>";
    private static final int OFTEN = 6;

    static StoreFault any(SplittableRandom random) {
        return values()[random.nextInt(values().length)];
    }

    /** How many requests it may befall. */
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

    /** What is done to a request that it befalls; nothing where it only waits, which it does here. */
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

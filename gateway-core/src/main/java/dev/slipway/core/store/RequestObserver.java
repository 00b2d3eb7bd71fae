package dev.slipway.core.store;

import java.time.Duration;

/** Observes each request to the store when it has ended, including its retries. Must not block. */
@FunctionalInterface
public interface RequestObserver {
    /** How a request ended. */
    enum Outcome {
        /** The request succeeded. */
        OK,
        /** There is no such object, bucket or upload; often an expected answer. */
        NOT_FOUND,
        /** A condition did not hold: the object already exists, or has another version by now. */
        CONDITION_FAILED,
        /** The store refused the request for another reason: credentials, permission, or an unknown request. */
        REFUSED,
        /** The store asked for fewer requests. */
        THROTTLED,
        /** The store failed. */
        STORE_FAILED,
        /** The store's answer did not arrive completely, or not in time. */
        NO_ANSWER
    }

    /**
     * A request has ended.
     *
     * @param operation its name in S3, such as {@code PutObject}
     * @param took its duration, including all retries
     */
    void requestEnded(String operation, Outcome outcome, Duration took);

    /** Returns an observer that does nothing. */
    static RequestObserver none() {
        return (_, _, _) -> {};
    }
}

package dev.slipway.core.store;

import java.time.Duration;

/** Is told of each request to the store when it has ended, tries that were repeated included. Must not block. */
@FunctionalInterface
public interface RequestObserver {
    /** How a request ended. */
    enum Outcome {
        /** The store has done it. */
        OK,
        /** There is no such object, bucket or upload; often just the answer to a question. */
        NOT_FOUND,
        /** A condition did not hold: the object is there already, or another one by now. */
        CONDITION_FAILED,
        /** The store refused it for another reason: credentials, permission, or a request it does not know. */
        REFUSED,
        /** The store asked for fewer requests. */
        THROTTLED,
        /** The store failed. */
        STORE_FAILED,
        /** The store gave no answer that was whole, or the gateway did not wait for it any longer. */
        NO_ANSWER
    }

    /**
     * A request has ended.
     *
     * @param operation S3's name for it, such as {@code PutObject}
     * @param took with all its tries
     */
    void requestEnded(String operation, Outcome outcome, Duration took);

    /** Ignores them. */
    static RequestObserver none() {
        return (_, _, _) -> {};
    }
}

package dev.slipway.transfer.outcome;

import java.util.Optional;

/** A receiver of outcomes, and perhaps of uploads. Safe for use by several threads. */
public interface OutcomeTarget extends AutoCloseable {
    /** Its name in database rows: stable over restarts, and unique. */
    String name();

    /**
     * Whether it accepts an outcome, and at which address. May block for the database.
     *
     * @return empty if it does not; otherwise the address for {@link #deliver}, which may be empty
     */
    Optional<String> address(Outcome outcome);

    /** Whether it wants to know of uploads. Does not change. */
    default boolean wantsUploads() {
        return false;
    }

    /** How many events are delivered to it concurrently, at least 1. */
    default int atOnce() {
        return 8;
    }

    /**
     * Delivers an event. Blocks until it is confirmed, at most half a minute. The same event may be repeated.
     *
     * @throws DeliveryException it has not confirmed
     */
    void deliver(Delivery delivery) throws DeliveryException, InterruptedException;

    /** Closes its connections; nothing is delivered after that. */
    @Override
    void close();
}

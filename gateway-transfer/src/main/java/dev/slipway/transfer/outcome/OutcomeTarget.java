package dev.slipway.transfer.outcome;

import java.util.Optional;

/** Somebody who is told of outcomes. Safe for use by several threads. */
public interface OutcomeTarget extends AutoCloseable {
    /** What the rows of the database name it by: the same after each restart, and different from all others'. */
    String name();

    /**
     * Whether it wants to hear of an outcome, and where. May block for the database.
     *
     * @return empty if it does not; otherwise what {@link #deliver} gets, which may be the empty text
     */
    Optional<String> address(Outcome outcome);

    /** How many events it is told at once, at least 1. */
    default int atOnce() {
        return 8;
    }

    /**
     * Tells it. Blocks until it has confirmed, half a minute at most. The same event may come again.
     *
     * @throws DeliveryException it has not confirmed
     */
    void deliver(Delivery delivery) throws DeliveryException, InterruptedException;

    /** Ends what it has open; nothing is delivered after that. */
    @Override
    void close();
}

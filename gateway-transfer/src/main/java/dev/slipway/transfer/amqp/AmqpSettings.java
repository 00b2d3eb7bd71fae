package dev.slipway.transfer.amqp;

import java.time.Duration;

/**
 * The queue of orders, and the destination of outcomes.
 *
 * @param queue the queue of orders, which must exist
 * @param prefetchCount how many messages the broker delivers ahead, 1 to 65535
 * @param remote the default remote for messages without a host
 * @param outcomeExchange the exchange for outcomes without a destination in the message; empty for the default exchange
 * @param outcomeRoutingKey the key there; both empty to not publish those
 * @param firstPause before the broker is asked again after a failure, or the database; doubles with each further one
 * @param longestPause the longest of these pauses
 */
public record AmqpSettings(
        AmqpBroker broker,
        String queue,
        int prefetchCount,
        String remote,
        String outcomeExchange,
        String outcomeRoutingKey,
        Duration firstPause,
        Duration longestPause) {
    public static final Duration DEFAULT_FIRST_PAUSE = Duration.ofSeconds(1);
    public static final Duration DEFAULT_LONGEST_PAUSE = Duration.ofSeconds(30);

    /**
     * The pause after a number of consecutive failures.
     *
     * @param failures at least 1
     */
    Duration pause(int failures) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(failures - 1, 20));
        return pause.compareTo(longestPause) < 0 ? pause : longestPause;
    }
}

package dev.slipway.transfer.amqp;

import java.time.Duration;

/**
 * Where orders come from, and where outcomes go.
 *
 * @param queue where orders come from; has to be there
 * @param prefetchCount how many messages the broker hands over ahead, 1 to 65535
 * @param remote the remote of messages that name no host
 * @param outcomeExchange where outcomes are published for which no message has named a place; empty for the default exchange
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
     * The pause after so many failures in a row.
     *
     * @param failures 1 and up
     */
    Duration pause(int failures) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(failures - 1, 20));
        return pause.compareTo(longestPause) < 0 ? pause : longestPause;
    }
}

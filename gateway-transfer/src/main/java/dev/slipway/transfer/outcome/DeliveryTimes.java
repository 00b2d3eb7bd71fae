package dev.slipway.transfer.outcome;

import java.time.Duration;

/**
 * When failed deliveries are retried.
 *
 * @param first after the first attempt; each further pause is twice as long
 * @param longest the longest pause
 * @param giveUpAfter for how long from the event on it is tried
 * @param keep for how long what was delivered or given up stays known, so that an event that comes twice is told once
 */
public record DeliveryTimes(Duration first, Duration longest, Duration giveUpAfter, Duration keep) {
    /** 5 s, 10 s and so on up to an hour, for three days; known for a week. */
    public static final DeliveryTimes DEFAULT =
            new DeliveryTimes(Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofDays(3), Duration.ofDays(7));

    /**
     * The pause after an attempt.
     *
     * @param attempt 1 and up
     */
    Duration pause(int attempt) {
        int doublings = Math.min(attempt - 1, 30);
        Duration pause = first.multipliedBy(1L << doublings);
        return pause.compareTo(longest) < 0 ? pause : longest;
    }
}

package dev.slipway.transfer.outcome;

import java.time.Duration;

/**
 * When failed deliveries are retried.
 *
 * @param first the pause after the first attempt; each further pause is twice as long
 * @param longest the longest pause
 * @param giveUpAfter how long after the event it is retried
 * @param keep how long completed deliveries are stored, so that an event that is reported twice is delivered once
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

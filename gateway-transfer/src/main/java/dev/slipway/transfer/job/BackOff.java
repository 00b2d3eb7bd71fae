package dev.slipway.transfer.job;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long a job waits after failures: doubled each time, with a random part of up to a half, so that jobs that failed
 * together do not retry together.
 */
record BackOff(Duration first, Duration longest) {
    /** Doubled more often than this, every time is the longest. */
    private static final int MOST_DOUBLINGS = 30;

    /** @param failures how many attempts failed in a row, from 1 */
    Duration after(int failures) {
        int doublings = Math.min(failures - 1, MOST_DOUBLINGS);
        long most =
                first.toMillis() > longest.toMillis() >> doublings ? longest.toMillis() : first.toMillis() << doublings;
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most) + 1);
    }
}

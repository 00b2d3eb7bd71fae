package dev.slipway.transfer.job;

import java.time.Duration;

/**
 * How jobs are worked on.
 *
 * @param running the most jobs that this gateway works on at once, 1 to 1,000
 * @param spaceInterval how long a job waits before it looks again whether there is room
 * @param firstBackOff how long a job waits after its first failure; each further one doubles it
 * @param longestBackOff the longest that it waits
 * @param failures how many attempts in a row may fail that get no further than those before them; at least 1
 * @param history how long jobs are kept that have ended
 * @param historyJobs how many of these are kept at most
 * @param polling how often is looked for jobs whose turn has come, for what was wished of those at work, and for gateways
 *     that are gone; and how often progress is written
 */
public record JobSettings(
        int running,
        Duration spaceInterval,
        Duration firstBackOff,
        Duration longestBackOff,
        int failures,
        Duration history,
        int historyJobs,
        Duration polling) {
    private static final int MOST_RUNNING = 1000;

    /** What fits most. */
    public static final JobSettings DEFAULTS = new JobSettings(
            8,
            Duration.ofSeconds(120),
            Duration.ofSeconds(10),
            Duration.ofMinutes(15),
            50,
            Duration.ofDays(90),
            100_000,
            Duration.ofSeconds(1));

    public JobSettings {
        if (running < 1 || running > MOST_RUNNING) {
            throw new IllegalArgumentException("running is not from 1 to " + MOST_RUNNING + ": " + running);
        }
        if (failures < 1 || historyJobs < 0) {
            throw new IllegalArgumentException("failures or historyJobs is too small");
        }
        if (!spaceInterval.isPositive()
                || !firstBackOff.isPositive()
                || !polling.isPositive()
                || history.isNegative()
                || longestBackOff.compareTo(firstBackOff) < 0) {
            throw new IllegalArgumentException("a time of the jobs is too short");
        }
    }
}

package dev.slipway.transfer.job;

import java.time.Duration;

/**
 * Settings for running jobs.
 *
 * @param running maximum number of jobs that this gateway runs at once, 1 to 1,000
 * @param spaceInterval how long a job waits before it checks for space again
 * @param firstBackOff how long a job waits after its first failure; each further one doubles it
 * @param longestBackOff the longest that it waits
 * @param failures how many consecutive attempts may fail without progress; at least 1
 * @param history how long ended jobs are kept
 * @param historyJobs how many of these are kept at most
 * @param polling how often due jobs, requests and gateways that are gone are looked for, and progress is written
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

    /** The same timing with what a gateway's configuration sets. */
    public JobSettings with(int newRunning, Duration newSpaceInterval, Duration newHistory) {
        return new JobSettings(
                newRunning, newSpaceInterval, firstBackOff, longestBackOff, failures, newHistory, historyJobs, polling);
    }

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

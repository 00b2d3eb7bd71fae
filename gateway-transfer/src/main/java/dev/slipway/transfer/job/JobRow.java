package dev.slipway.transfer.job;

import org.jspecify.annotations.Nullable;

/**
 * A job with the engine's own data.
 *
 * @param checkpoint the last {@link JobRun#save}
 * @param gateway the run of the gateway that is running it; null if none
 * @param parked whether it waits until its remote is below its limit
 * @param wish what {@code gateway} should do with it
 * @param failures consecutive failed attempts without progress
 * @param furthest the maximum number of bytes that had arrived when an attempt failed
 * @param discarding whether its leftovers still have to be removed
 */
record JobRow(
        Job job,
        String checkpoint,
        @Nullable String gateway,
        boolean parked,
        @Nullable RunSignal wish,
        int failures,
        long furthest,
        boolean discarding) {
    String id() {
        return job.id();
    }

    JobState state() {
        return job.state();
    }

    @Nullable
    String remote() {
        return job.wanted().remote();
    }
}

package dev.slipway.transfer.job;

import org.jspecify.annotations.Nullable;

/**
 * A job with what only the engine knows of it.
 *
 * @param checkpoint what its last {@link JobRun#save} has left
 * @param gateway the run of a gateway that is at it; null if nobody is
 * @param parked whether it waits until its remote is below its limit
 * @param wish what {@code gateway} is to do with it
 * @param failures attempts that failed one after the other without getting any further
 * @param furthest the most bytes that had arrived when an attempt failed
 * @param discarding whether what it has left is still to be removed
 */
record JobRow(
        Job job,
        String checkpoint,
        @Nullable String gateway,
        boolean parked,
        @Nullable Wish wish,
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

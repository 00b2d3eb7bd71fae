package dev.slipway.transfer.job;

import java.util.List;
import java.util.Optional;

/**
 * A job with the engine's own data.
 *
 * @param checkpoint the last {@link JobRun#save}
 * @param resources the resources it takes, sorted
 * @param queue where it stands in the queue
 * @param failures consecutive failed attempts without progress
 * @param furthest the maximum number of bytes that had arrived when an attempt failed
 * @param discarding whether its leftovers still have to be removed
 */
record JobRow(
        Job job,
        String checkpoint,
        List<Resource> resources,
        QueueState queue,
        int failures,
        long furthest,
        boolean discarding) {
    String id() {
        return job.id();
    }

    JobState state() {
        return job.state();
    }

    /** Whether there is something to do: to run it, or to remove its leftovers. */
    boolean hasWork() {
        return discarding || !(state().isEnd() || state() == JobState.PAUSED);
    }

    /** The run of the gateway that has claimed it. */
    Optional<String> claimedBy() {
        return switch (queue) {
            case QueueState.Claimed(String run, var _) -> Optional.of(run);
            case QueueState.Running(String run, var _) -> Optional.of(run);
            case QueueState.Idle _, QueueState.Due _, QueueState.Parked _ -> Optional.empty();
        };
    }

    boolean isClaimedBy(String run) {
        return claimedBy().filter(run::equals).isPresent();
    }

    boolean isRunning() {
        return queue instanceof QueueState.Running;
    }

    /** A request to the gateway that runs it. */
    Optional<RunSignal> signal() {
        return queue instanceof QueueState.Running running ? Optional.ofNullable(running.signal()) : Optional.empty();
    }

    boolean hasSignal(RunSignal signal) {
        return signal().filter(signal::equals).isPresent();
    }
}

package dev.slipway.transfer.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where a job stands in the queue. */
sealed interface QueueState {
    /** There is nothing to do: it has ended or is paused. */
    record Idle() implements QueueState {}

    /** Any gateway may claim it from a time on. */
    record Due(Instant time) implements QueueState {}

    /**
     * It waits until a resource is below its limit.
     *
     * @param dueSince when it was due
     */
    record Parked(Resource resource, Instant dueSince) implements QueueState {}

    /**
     * A gateway has claimed it, and is about to start it or is removing its leftovers. The lease ends when the gateway gives
     * the job back, or is gone.
     *
     * @param run the gateway's
     * @param dueSince when it was due
     */
    record Claimed(String run, Instant dueSince) implements QueueState {}

    /**
     * The gateway that has claimed it is running it.
     *
     * @param run the gateway's
     * @param signal a request to that gateway
     */
    record Running(String run, @Nullable RunSignal signal) implements QueueState {}

    /** Since when it could have been claimed. Of two jobs with the same priority, the earlier one comes first. */
    default Instant dueSince() {
        return switch (this) {
            case Due(Instant time) -> time;
            case Parked(Resource _, Instant since) -> since;
            case Claimed(String _, Instant since) -> since;
            case Idle _, Running _ -> Instant.EPOCH;
        };
    }

    /** From the columns of a row. */
    static QueueState of(
            JobState state,
            @Nullable Instant due,
            @Nullable String gateway,
            @Nullable String waitsFor,
            @Nullable RunSignal signal) {
        Instant dueSince = due == null ? Instant.EPOCH : due;
        if (gateway != null) {
            boolean isRunning = state == JobState.RUNNING && due == null;
            return isRunning ? new Running(gateway, signal) : new Claimed(gateway, dueSince);
        }
        if (waitsFor != null) {
            return new Parked(Resource.parse(waitsFor), dueSince);
        }
        return due == null ? new Idle() : new Due(due);
    }
}

package dev.slipway.ingest.schedule;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known about the runs of a task.
 *
 * @param paused whether its schedules are paused
 * @param next the next time of each schedule; empty while it is paused
 * @param skipped how many runs were due while another one was queued or running
 * @param lastJob the id of its last run; null if there was none
 */
public record TaskSchedule(
        boolean paused,
        Map<String, Instant> next,
        long skipped,
        @Nullable String lastJob) {
    static final TaskSchedule NONE = new TaskSchedule(false, Map.of(), 0, null);

    /** When it runs next by any schedule. */
    public Optional<Instant> soonest() {
        return next.values().stream().min(Comparator.naturalOrder());
    }
}

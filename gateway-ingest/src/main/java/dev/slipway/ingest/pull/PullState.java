package dev.slipway.ingest.pull;

import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A pull as it is now.
 *
 * @param settings its settings
 * @param target where it stores files, for people
 * @param paused whether its schedules are paused
 * @param nextIncremental when it runs next by its schedule; null if it has none, or is paused
 * @param nextFull likewise of a full run
 * @param skipped how many runs were due while another one was queued or running
 * @param lastJob the id of its last run; null if there was none
 */
public record PullState(
        PullSettings settings,
        String target,
        boolean paused,
        @Nullable Instant nextIncremental,
        @Nullable Instant nextFull,
        long skipped,
        @Nullable String lastJob) {
    /** When it runs next, in whatever way. */
    public Optional<Instant> next() {
        return Stream.of(Optional.ofNullable(nextIncremental), Optional.ofNullable(nextFull))
                .flatMap(Optional::stream)
                .min(Instant::compareTo);
    }
}

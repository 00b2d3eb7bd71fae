package dev.slipway.ingest.retention;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A retention task as it is now.
 *
 * @param settings its settings
 * @param source where its files are, for people
 * @param target where they are moved to, for people; null if they are deleted
 * @param paused whether its schedule is paused
 * @param next when it runs next by its schedule; null if it has none, or is paused
 * @param skipped how many runs were due while another one was queued or running
 * @param lastJob the id of its last run; null if there was none
 */
public record RetentionState(
        RetentionSettings settings,
        String source,
        @Nullable String target,
        boolean paused,
        @Nullable Instant next,
        long skipped,
        @Nullable String lastJob) {}

package dev.slipway.ingest.pull;

import dev.slipway.ingest.schedule.CronSchedule;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * When a pull runs.
 *
 * @param text what it was made from, to tell one timetable from another
 * @param incremental the times of incremental runs; null for none
 * @param full those of full ones; null for none
 */
record Timetable(
        String text,
        @Nullable CronSchedule incremental,
        @Nullable CronSchedule full) {
    /** @throws IllegalArgumentException one of them is not valid */
    static Timetable parse(@Nullable String incremental, @Nullable String full, String zone) {
        return new Timetable(
                (incremental == null ? "-" : incremental) + "|" + (full == null ? "-" : full) + "|" + zone,
                incremental == null ? null : CronSchedule.parse(incremental, ZoneId.of(zone)),
                full == null ? null : CronSchedule.parse(full, ZoneId.of(zone)));
    }

    /** The first time after a moment; null if there is none. */
    @Nullable
    Instant next(boolean isFull, Instant after) {
        CronSchedule times = isFull ? full : incremental;
        return times == null ? null : times.next(after);
    }
}

package dev.slipway.ingest.pull;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
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
        ZoneId zone,
        @Nullable ExecutionTime incremental,
        @Nullable ExecutionTime full) {
    private static final CronDefinition FIELDS = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);

    /** @throws IllegalArgumentException one of them is not valid */
    static Timetable parse(@Nullable String incremental, @Nullable String full, String zone) {
        return new Timetable(
                (incremental == null ? "-" : incremental) + "|" + (full == null ? "-" : full) + "|" + zone,
                ZoneId.of(zone),
                incremental == null ? null : times(incremental),
                full == null ? null : times(full));
    }

    private static ExecutionTime times(String expression) {
        return ExecutionTime.forCron(new CronParser(FIELDS).parse(expression).validate());
    }

    /** What is wrong with a schedule; empty for nothing. */
    static Optional<String> problem(String expression) {
        try {
            ExecutionTime times = times(expression);
            return times.nextExecution(Instant.EPOCH.atZone(ZoneId.of("UTC"))).isPresent()
                    ? Optional.empty()
                    : Optional.of("never comes");
        } catch (IllegalArgumentException e) {
            return Optional.of(
                    "must be the five fields of cron (minute, hour, day of the month, month, day of the week),"
                            + " such as */5 * * * *: " + e.getMessage());
        }
    }

    static boolean isZone(String name) {
        try {
            ZoneId _ = ZoneId.of(name);
            return true;
        } catch (DateTimeException _) {
            return false;
        }
    }

    /** The first time after a moment; null if there is none. */
    @Nullable
    Instant next(boolean isFull, Instant after) {
        ExecutionTime times = isFull ? full : incremental;
        return times == null
                ? null
                : times.nextExecution(after.atZone(zone))
                        .map(time -> time.toInstant())
                        .orElse(null);
    }
}

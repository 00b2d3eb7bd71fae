package dev.slipway.ingest.schedule;

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

/** Times given by the five fields of cron, in a time zone. */
public final class CronSchedule {
    private static final CronDefinition FIELDS = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);

    private final ExecutionTime times;
    private final ZoneId zone;

    private CronSchedule(ExecutionTime times, ZoneId zone) {
        this.times = times;
        this.zone = zone;
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException it is not valid
     */
    public static CronSchedule parse(String expression, ZoneId zone) {
        return new CronSchedule(times(expression), zone);
    }

    private static ExecutionTime times(String expression) {
        return ExecutionTime.forCron(new CronParser(FIELDS).parse(expression).validate());
    }

    /** What is wrong with an expression; empty for nothing. */
    public static Optional<String> problem(String expression) {
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

    /** Whether there is a time zone of this name. */
    public static boolean isZone(String name) {
        try {
            ZoneId _ = ZoneId.of(name);
            return true;
        } catch (DateTimeException _) {
            return false;
        }
    }

    /** The first time after a moment; null if there is none. */
    public @Nullable Instant next(Instant after) {
        return times.nextExecution(after.atZone(zone))
                .map(time -> time.toInstant())
                .orElse(null);
    }
}

package dev.slipway.ingest.schedule;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** When a task runs: by any number of schedules in one time zone, each with a name. */
public final class Timetable {
    private final Map<String, CronSchedule> schedules;
    private final String text;

    private Timetable(Map<String, CronSchedule> schedules, String text) {
        this.schedules = schedules;
        this.text = text;
    }

    /**
     * One schedule.
     *
     * @param expression null for none
     * @throws IllegalArgumentException the expression is not valid
     */
    public static Timetable of(@Nullable String expression, String zone) {
        Map<String, @Nullable String> expressions = new HashMap<>();
        expressions.put("run", expression);
        return of(expressions, zone);
    }

    /**
     * Several schedules.
     *
     * @param expressions of each name; null for none
     * @throws IllegalArgumentException an expression is not valid
     */
    public static Timetable of(Map<String, @Nullable String> expressions, String zone) {
        Map<String, CronSchedule> schedules = new LinkedHashMap<>();
        expressions.forEach((name, expression) -> {
            if (expression != null) {
                schedules.put(name, CronSchedule.parse(expression, ZoneId.of(zone)));
            }
        });
        String text = expressions.values().stream()
                .map(expression -> expression == null ? "-" : expression)
                .collect(Collectors.joining("|"));
        return new Timetable(Collections.unmodifiableMap(schedules), text + "|" + zone);
    }

    /** What it was made from, to tell one timetable from another. */
    String text() {
        return text;
    }

    boolean isEmpty() {
        return schedules.isEmpty();
    }

    /** The first time of each schedule after a moment; without schedules that have none. */
    public Map<String, Instant> next(Instant after) {
        Map<String, Instant> times = new TreeMap<>();
        schedules.forEach((name, schedule) -> {
            Instant time = schedule.next(after);
            if (time != null) {
                times.put(name, time);
            }
        });
        return times;
    }
}

package dev.slipway.ingest.schedule;

import dev.slipway.core.state.StateDatabase;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** When the tasks of one kind run next. All calls with a database block. */
final class ScheduleTable {
    private static final String ALL =
            "SELECT task, timetable, paused, next_runs, skipped, job FROM scheduled_tasks WHERE kind = :kind";

    private final String kind;
    private final StateDatabase database;

    /**
     * A task.
     *
     * @param timetable that the times follow from
     * @param next the next time of each schedule
     * @param skipped how many runs were skipped
     * @param job of the last run; null if there was none
     */
    record Row(
            String timetable,
            boolean paused,
            Map<String, Instant> next,
            long skipped,
            @Nullable String job) {
        Row withTimes(Timetable times, boolean isPaused, Instant now) {
            return new Row(times.text(), isPaused, times.next(now), skipped, job);
        }

        Row withNext(Map<String, Instant> times) {
            return new Row(timetable, paused, times, skipped, job);
        }

        Row withSkippedRun() {
            return new Row(timetable, paused, next, skipped + 1, job);
        }

        Row withJob(String id) {
            return new Row(timetable, paused, next, skipped, id);
        }
    }

    ScheduleTable(String kind, StateDatabase database) {
        this.kind = kind;
        this.database = database;
    }

    Map<String, Row> all() {
        Map<String, Row> rows = new HashMap<>();
        database.read(handle -> handle.createQuery(ALL)
                        .bind("kind", kind)
                        .map((row, _) -> Map.entry(row.getString("task"), row(row)))
                        .list())
                .forEach(entry -> rows.put(entry.getKey(), entry.getValue()));
        return rows;
    }

    /** A task's row, which no other gateway changes until the transaction ends. */
    Optional<Row> locked(Handle handle, String task) {
        handle.createUpdate("UPDATE scheduled_tasks SET skipped = skipped WHERE kind = :kind AND task = :task")
                .bind("kind", kind)
                .bind("task", task)
                .execute();
        return handle.createQuery(ALL + " AND task = :task")
                .bind("kind", kind)
                .bind("task", task)
                .map((row, _) -> row(row))
                .findFirst();
    }

    void put(Handle handle, String task, Row row) {
        handle.createUpdate("INSERT INTO scheduled_tasks (kind, task, timetable, paused, next_runs, skipped, job)"
                        + " VALUES (:kind, :task, :timetable, :paused, :next, :skipped, :job)"
                        + " ON CONFLICT (kind, task) DO UPDATE SET timetable = excluded.timetable,"
                        + " paused = excluded.paused, next_runs = excluded.next_runs,"
                        + " skipped = excluded.skipped, job = excluded.job")
                .bind("kind", kind)
                .bind("task", task)
                .bind("timetable", row.timetable())
                .bind("paused", row.paused())
                .bind("next", text(row.next()))
                .bind("skipped", row.skipped())
                .bind("job", row.job())
                .execute();
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getString("timetable"),
                row.getBoolean("paused"),
                times(row.getString("next_runs")),
                row.getLong("skipped"),
                row.getString("job"));
    }

    private static String text(Map<String, Instant> times) {
        return times.entrySet().stream()
                .map(time -> time.getKey() + "=" + time.getValue().toEpochMilli())
                .collect(Collectors.joining(" "));
    }

    private static Map<String, Instant> times(String text) {
        Map<String, Instant> times = new TreeMap<>();
        Arrays.stream(text.split(" ", -1)).filter(time -> !time.isEmpty()).forEach(time -> {
            int equals = time.indexOf('=');
            times.put(time.substring(0, equals), Instant.ofEpochMilli(Long.parseLong(time.substring(equals + 1))));
        });
        return times;
    }
}

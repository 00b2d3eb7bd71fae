package dev.slipway.ingest.pull;

import dev.slipway.core.state.StateDatabase;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** When pulls run next. All calls with a database block. */
final class PullScheduleTable {
    private static final String ALL =
            "SELECT pull, timetable, paused, incremental, full_run, skipped, job FROM pull_schedules";

    private final StateDatabase database;

    /**
     * The schedule of a pull.
     *
     * @param timetable that the times follow from
     * @param incremental the next time of an incremental run; null for none
     * @param full likewise of a full one
     * @param skipped how many runs were skipped
     * @param job of the last run; null if there was none
     */
    record Row(
            String timetable,
            boolean paused,
            @Nullable Instant incremental,
            @Nullable Instant full,
            long skipped,
            @Nullable String job) {}

    PullScheduleTable(StateDatabase database) {
        this.database = database;
    }

    Map<String, Row> all() {
        Map<String, Row> rows = new HashMap<>();
        database.read(handle -> handle.createQuery(ALL)
                        .map((row, _) -> Map.entry(row.getString("pull"), row(row)))
                        .list())
                .forEach(entry -> rows.put(entry.getKey(), entry.getValue()));
        return rows;
    }

    /** A pull's row, which no other gateway changes until the transaction ends. */
    static Optional<Row> locked(Handle handle, String pull) {
        handle.createUpdate("UPDATE pull_schedules SET skipped = skipped WHERE pull = :pull")
                .bind("pull", pull)
                .execute();
        return handle.createQuery(ALL + " WHERE pull = :pull")
                .bind("pull", pull)
                .map((row, _) -> row(row))
                .findFirst();
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getString("timetable"),
                row.getBoolean("paused"),
                time(row, "incremental"),
                time(row, "full_run"),
                row.getLong("skipped"),
                row.getString("job"));
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(value);
    }

    static void put(Handle handle, String pull, Row row) {
        handle.createUpdate("INSERT INTO pull_schedules (pull, timetable, paused, incremental, full_run, skipped, job)"
                        + " VALUES (:pull, :timetable, :paused, :incremental, :full, :skipped, :job)"
                        + " ON CONFLICT (pull) DO UPDATE SET timetable = excluded.timetable, paused = excluded.paused,"
                        + " incremental = excluded.incremental, full_run = excluded.full_run,"
                        + " skipped = excluded.skipped, job = excluded.job")
                .bind("pull", pull)
                .bind("timetable", row.timetable())
                .bind("paused", row.paused())
                .bind("incremental", millis(row.incremental()))
                .bind("full", millis(row.full()))
                .bind("skipped", row.skipped())
                .bind("job", row.job())
                .execute();
    }

    private static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }
}

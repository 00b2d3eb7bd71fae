package dev.slipway.ingest.retention;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.job.StoredJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** When retention tasks run next, and what their runs have done. All calls with a database block. */
final class RetentionTable {
    /** How many runs of a task are remembered. */
    static final int MOST = 500;

    private static final String TASKS = "SELECT task, timetable, next_run, skipped, job FROM retention_tasks";
    private static final String RUNS = "SELECT job, dry_run, begun, report FROM retention_runs";

    private final StateDatabase database;

    /**
     * A task.
     *
     * @param timetable that the next time follows from
     * @param next when it runs next; null for never
     * @param skipped how many runs were skipped
     * @param job of the last run; null if there was none
     */
    record Row(
            String timetable,
            @Nullable Instant next,
            long skipped,
            @Nullable String job) {}

    RetentionTable(StateDatabase database) {
        this.database = database;
    }

    Map<String, Row> all() {
        Map<String, Row> rows = new HashMap<>();
        database.read(handle -> handle.createQuery(TASKS)
                        .map((row, _) -> Map.entry(row.getString("task"), row(row)))
                        .list())
                .forEach(entry -> rows.put(entry.getKey(), entry.getValue()));
        return rows;
    }

    /** A task's row, which no other gateway changes until the transaction ends. */
    static Optional<Row> locked(Handle handle, String task) {
        handle.createUpdate("UPDATE retention_tasks SET skipped = skipped WHERE task = :task")
                .bind("task", task)
                .execute();
        return handle.createQuery(TASKS + " WHERE task = :task")
                .bind("task", task)
                .map((row, _) -> row(row))
                .findFirst();
    }

    private static Row row(ResultSet row) throws SQLException {
        long next = row.getLong("next_run");
        Instant time = row.wasNull() ? null : Instant.ofEpochMilli(next);
        return new Row(row.getString("timetable"), time, row.getLong("skipped"), row.getString("job"));
    }

    static void put(Handle handle, String task, Row row) {
        Instant next = row.next();
        handle.createUpdate("INSERT INTO retention_tasks (task, timetable, next_run, skipped, job)"
                        + " VALUES (:task, :timetable, :next, :skipped, :job)"
                        + " ON CONFLICT (task) DO UPDATE SET timetable = excluded.timetable,"
                        + " next_run = excluded.next_run, skipped = excluded.skipped, job = excluded.job")
                .bind("task", task)
                .bind("timetable", row.timetable())
                .bind("next", next == null ? null : (Long) next.toEpochMilli())
                .bind("skipped", row.skipped())
                .bind("job", row.job())
                .execute();
    }

    /** What a run has done so far. Older runs of the task than the last {@value #MOST} are forgotten. */
    void putRun(String job, RetentionRequest request, Instant begun, RetentionReport report) {
        int _ = database.inTransaction(handle -> {
            handle.createUpdate("INSERT INTO retention_runs (job, task, dry_run, begun, report)"
                            + " VALUES (:job, :task, :dry, :begun, :report)"
                            + " ON CONFLICT (job) DO UPDATE SET report = excluded.report")
                    .bind("job", job)
                    .bind("task", request.task())
                    .bind("dry", request.dryRun())
                    .bind("begun", begun.toEpochMilli())
                    .bind("report", StoredJson.write(report))
                    .execute();
            return handle.createUpdate("DELETE FROM retention_runs WHERE task = :task AND begun <"
                            + " (SELECT begun FROM retention_runs WHERE task = :task ORDER BY begun DESC"
                            + " LIMIT 1 OFFSET :most)")
                    .bind("task", request.task())
                    .bind("most", MOST - 1)
                    .execute();
        });
    }

    /** The last runs of a task, the newest first. */
    List<RetentionHistoryEntry> last(String task, int limit) {
        return database.read(handle -> handle.createQuery(RUNS + " WHERE task = :task ORDER BY begun DESC LIMIT :limit")
                .bind("task", task)
                .bind("limit", limit)
                .map((row, _) -> run(row))
                .list());
    }

    /** A run, if it has begun and is remembered. */
    Optional<RetentionHistoryEntry> find(String job) {
        return database.read(handle -> handle.createQuery(RUNS + " WHERE job = :job")
                .bind("job", job)
                .map((row, _) -> run(row))
                .findFirst());
    }

    private static RetentionHistoryEntry run(ResultSet row) throws SQLException {
        return new RetentionHistoryEntry(
                row.getString("job"),
                row.getBoolean("dry_run"),
                Instant.ofEpochMilli(row.getLong("begun")),
                StoredJson.read(row.getString("report"), RetentionReport.class));
    }
}

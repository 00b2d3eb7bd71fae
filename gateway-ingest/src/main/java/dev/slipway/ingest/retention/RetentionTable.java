package dev.slipway.ingest.retention;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.job.StoredJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the runs of retention tasks have done. All calls with a database block. */
final class RetentionTable {
    /** How many runs of a task are remembered. */
    static final int MOST = 500;

    private static final String RUNS = "SELECT job, dry_run, begun, report FROM retention_runs";

    private final StateDatabase database;

    RetentionTable(StateDatabase database) {
        this.database = database;
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

package dev.slipway.ingest.pull;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.job.StoredJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The runs of pulls, with what they have done. All calls block for the database. */
final class PullRunTable {
    /** How many runs of a pull are remembered. */
    static final int MOST = 500;

    private static final String ROWS = "SELECT job, full_run, dry_run, begun, report FROM pull_runs";

    private final StateDatabase database;

    /** A run. */
    record Row(String job, boolean full, boolean dryRun, Instant begun, PullReport report) {}

    PullRunTable(StateDatabase database) {
        this.database = database;
    }

    /** What a run has done so far. Older runs of the pull than the last {@value #MOST} are forgotten. */
    void put(String job, PullRequest request, Instant begun, PullReport report) {
        int _ = database.inTransaction(handle -> {
            handle.createUpdate("INSERT INTO pull_runs (job, pull, full_run, dry_run, begun, report)"
                            + " VALUES (:job, :pull, :full, :dry, :begun, :report)"
                            + " ON CONFLICT (job) DO UPDATE SET report = excluded.report")
                    .bind("job", job)
                    .bind("pull", request.pull())
                    .bind("full", request.full())
                    .bind("dry", request.dryRun())
                    .bind("begun", begun.toEpochMilli())
                    .bind("report", StoredJson.write(report))
                    .execute();
            return handle.createUpdate(
                            "DELETE FROM pull_runs WHERE pull = :pull AND begun <"
                                    + " (SELECT begun FROM pull_runs WHERE pull = :pull ORDER BY begun DESC LIMIT 1 OFFSET :most)")
                    .bind("pull", request.pull())
                    .bind("most", MOST - 1)
                    .execute();
        });
    }

    /** The last runs of a pull, the newest first. */
    List<Row> last(String pull, int limit) {
        return database.read(handle -> handle.createQuery(ROWS + " WHERE pull = :pull ORDER BY begun DESC LIMIT :limit")
                .bind("pull", pull)
                .bind("limit", limit)
                .map((row, _) -> row(row))
                .list());
    }

    /** A run, if it has begun and is remembered. */
    Optional<Row> find(String job) {
        return database.read(handle -> find(handle, job));
    }

    /** Likewise, as a transaction sees it. */
    static Optional<Row> find(Handle handle, String job) {
        return handle.createQuery(ROWS + " WHERE job = :job")
                .bind("job", job)
                .map((row, _) -> row(row))
                .findFirst();
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getString("job"),
                row.getBoolean("full_run"),
                row.getBoolean("dry_run"),
                Instant.ofEpochMilli(row.getLong("begun")),
                StoredJson.read(row.getString("report"), PullReport.class));
    }
}

package dev.slipway.transfer.job;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The rows of jobs: how they are read, and the statements that change their states, for use within transactions. SQL here
 * and in the other tables is written for SQLite and PostgreSQL.
 */
final class JobTable {
    private static final String COLUMNS =
            "id, kind, request, remote, source, destination, priority, deadline, submitter, correlation, batch, state,"
                    + " phase, attempt, bytes_done, bytes_total, files_done, files_total, message, created, started,"
                    + " ended, due, waiting_since, checkpoint, gateway, waits_for, signal, failures, furthest,"
                    + " discarding, resources, most_attempts, first_pause, longest_pause";

    static final String SELECT = "SELECT " + COLUMNS + " FROM jobs";

    private static final int LONGEST_TEXT = 4000;

    private JobTable() {}

    /** Locks a job until the end of the transaction, and reads it. */
    static Optional<JobRow> lock(Handle handle, String id) {
        int rows = handle.createUpdate("UPDATE jobs SET attempt = attempt WHERE id = :id")
                .bind("id", id)
                .execute();
        return rows == 0 ? Optional.empty() : find(handle, id);
    }

    static Optional<JobRow> find(Handle handle, String id) {
        return handle.createQuery(SELECT + " WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> row(row))
                .findOne();
    }

    /**
     * Inserts a new job, which is due at once.
     *
     * @return false if the id exists
     */
    static boolean insert(Handle handle, String id, NewJob job, Instant now) {
        return handle.createUpdate(
                                "INSERT INTO jobs (id, kind, request, remote, source, destination, priority, deadline,"
                                        + " submitter, correlation, batch, resources, state, phase, attempt,"
                                        + " bytes_done, bytes_total, files_done, files_total, message, created, due,"
                                        + " checkpoint, failures, furthest, discarding, most_attempts,"
                                        + " first_pause, longest_pause) VALUES (:id, :kind, :request,"
                                        + " :remote, :source, :destination, :priority, :deadline, :submitter,"
                                        + " :correlation, :batch, :resources, 'QUEUED', '', 0, 0, -1, 0, -1, '', :now,"
                                        + " :now, '', 0, 0, :no, :attempts, :firstPause, :longestPause)"
                                        + " ON CONFLICT (id) DO NOTHING")
                        .bind("id", id)
                        .bind("kind", job.kind())
                        .bind("request", job.request())
                        .bind("remote", job.remote())
                        .bind("source", job.source())
                        .bind("destination", job.destination())
                        .bind("priority", job.priority())
                        .bind("deadline", millis(job.deadline()))
                        .bind("submitter", job.submitter())
                        .bind("correlation", job.correlation())
                        .bind("batch", job.batch())
                        .bind("resources", Resource.text(job.resources()))
                        .bind("attempts", job.retries().attempts())
                        .bind("firstPause", millis(job.retries().firstPause()))
                        .bind("longestPause", millis(job.retries().longestPause()))
                        .bind("now", now.toEpochMilli())
                        .bind("no", false)
                        .execute()
                > 0;
    }

    /** An attempt begins. */
    static void running(Handle handle, String id, int attempt, Instant now) {
        handle.createUpdate("UPDATE jobs SET state = 'RUNNING', attempt = :attempt, due = NULL,"
                        + " started = COALESCE(started, :now) WHERE id = :id")
                .bind("attempt", attempt)
                .bind("now", now.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    /** It is in a state in which it is run again, once it is due. */
    static void waiting(Handle handle, String id, JobState state, String message, Instant due) {
        handle.createUpdate("UPDATE jobs SET state = :state, message = :message, due = :due, waits_for = NULL"
                        + " WHERE id = :id")
                .bind("state", state.name())
                .bind("message", text(message))
                .bind("due", due.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    static void waitingForSpaceSince(Handle handle, String id, Instant time) {
        handle.createUpdate("UPDATE jobs SET waiting_since = COALESCE(waiting_since, :time) WHERE id = :id")
                .bind("time", time.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    static void failed(Handle handle, String id, int failures, long furthest) {
        handle.createUpdate("UPDATE jobs SET failures = :failures, furthest = :furthest WHERE id = :id")
                .bind("failures", failures)
                .bind("furthest", furthest)
                .bind("id", id)
                .execute();
    }

    /** Leftovers of a paused job that was retried are still to be removed. */
    static void paused(Handle handle, String id) {
        handle.createUpdate("UPDATE jobs SET state = 'PAUSED', waits_for = NULL,"
                        + " due = CASE WHEN discarding THEN due ELSE NULL END WHERE id = :id")
                .bind("id", id)
                .execute();
    }

    /**
     * It has ended. Leftovers are removed before other jobs of the same priority are run, since that is quick.
     *
     * @param reporter the run of the gateway that reports this
     * @param discarding whether its leftovers are to be removed
     */
    static void ended(
            Handle handle,
            String id,
            JobState state,
            String message,
            Instant now,
            String reporter,
            boolean discarding) {
        handle.createUpdate("UPDATE jobs SET state = :state, message = :message, ended = :now, due = :due,"
                        + " waiting_since = NULL, waits_for = NULL, failures = 0, reporter = :reporter,"
                        + " discarding = :discarding WHERE id = :id")
                .bind("state", state.name())
                .bind("message", text(message))
                .bind("now", now.toEpochMilli())
                .bind("due", discarding ? 0L : null)
                .bind("reporter", reporter)
                .bind("discarding", discarding)
                .bind("id", id)
                .execute();
    }

    /** It restarts after its end. A passed deadline no longer counts. */
    static void restarted(Handle handle, String id, Instant now) {
        handle.createUpdate("UPDATE jobs SET state = 'QUEUED', message = '', ended = NULL, due = :now,"
                        + " waits_for = NULL, failures = 0, furthest = 0, reporter = NULL,"
                        + " deadline = CASE WHEN deadline <= :now THEN NULL ELSE deadline END WHERE id = :id")
                .bind("now", now.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    /** Nothing is left of it that is not in this checkpoint. */
    static void discarded(Handle handle, String id, String checkpoint) {
        handle.createUpdate("UPDATE jobs SET discarding = :no, checkpoint = :checkpoint WHERE id = :id")
                .bind("no", false)
                .bind("checkpoint", checkpoint)
                .bind("id", id)
                .execute();
    }

    static void signal(Handle handle, String id, @Nullable RunSignal signal) {
        handle.createUpdate("UPDATE jobs SET signal = :signal WHERE id = :id")
                .bind("signal", signal == null ? null : signal.name())
                .bind("id", id)
                .execute();
    }

    /**
     * Saves a checkpoint.
     *
     * @return false if the job no longer belongs to this run
     */
    static boolean save(Handle handle, String id, String run, int attempt, String checkpoint) {
        return handle.createUpdate("UPDATE jobs SET checkpoint = :checkpoint"
                                + " WHERE id = :id AND gateway = :run AND attempt = :attempt")
                        .bind("checkpoint", checkpoint)
                        .bind("id", id)
                        .bind("run", run)
                        .bind("attempt", attempt)
                        .execute()
                > 0;
    }

    static void progress(Handle handle, String id, String run, int attempt, Progress progress) {
        handle.createUpdate("UPDATE jobs SET phase = :phase, bytes_done = :bytesDone, bytes_total = :bytesTotal,"
                        + " files_done = :filesDone, files_total = :filesTotal"
                        + " WHERE id = :id AND gateway = :run AND attempt = :attempt")
                .bind("phase", text(progress.phase()))
                .bind("bytesDone", progress.bytesDone())
                .bind("bytesTotal", progress.bytesTotal())
                .bind("filesDone", progress.filesDone())
                .bind("filesTotal", progress.filesTotal())
                .bind("id", id)
                .bind("run", run)
                .bind("attempt", attempt)
                .execute();
    }

    /** Messages of others may be endless, and PostgreSQL takes no NUL. */
    static String text(String message) {
        String whole = message.replace('\u0000', '\uFFFD');
        return whole.length() <= LONGEST_TEXT ? whole : whole.substring(0, LONGEST_TEXT) + "...";
    }

    private static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    private static @Nullable Long millis(@Nullable Duration time) {
        return time == null ? null : time.toMillis();
    }

    private static @Nullable Duration duration(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Duration.ofMillis(millis);
    }

    static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    private static Retries retries(ResultSet row) throws SQLException {
        int attempts = row.getInt(33);
        return new Retries(row.wasNull() ? null : (Integer) attempts, duration(row, 34), duration(row, 35));
    }

    /** A row that {@link #SELECT} has found. */
    static JobRow row(ResultSet row) throws SQLException {
        List<Resource> resources = Resource.parseAll(row.getString(32));
        NewJob wanted = new NewJob(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getInt(7),
                instant(row, 8),
                row.getString(9),
                row.getString(10),
                row.getString(11),
                Set.copyOf(resources),
                retries(row));
        JobState state = JobState.valueOf(row.getString(12));
        Instant due = instant(row, 23);
        Job job = new Job(
                wanted,
                state,
                row.getString(13),
                row.getInt(14),
                row.getLong(15),
                row.getLong(16),
                row.getLong(17),
                row.getLong(18),
                row.getString(19),
                Instant.ofEpochMilli(row.getLong(20)),
                instant(row, 21),
                instant(row, 22),
                // Otherwise it is due to have its leftovers removed.
                state.isEnd() || state == JobState.PAUSED ? null : due,
                instant(row, 24));
        String signal = row.getString(28);
        return new JobRow(
                job,
                row.getString(25),
                resources,
                QueueState.of(
                        state,
                        due,
                        row.getString(26),
                        row.getString(27),
                        signal == null ? null : RunSignal.valueOf(signal)),
                row.getInt(29),
                row.getLong(30),
                row.getBoolean(31));
    }
}

package dev.slipway.transfer.job;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The statements on the tables of jobs, for use within transactions. SQL is written for SQLite and PostgreSQL. */
final class JobTable {
    private static final String COLUMNS =
            "id, kind, request, remote, source, destination, priority, deadline, submitter, correlation, batch, state,"
                    + " phase, attempt, bytes_done, bytes_total, files_done, files_total, message, created, started,"
                    + " ended, next_attempt, waiting_since, checkpoint, gateway, parked, wish, failures, furthest,"
                    + " discarding";

    /** Longest due first, so that jobs that repeatedly check for space leave turns to others. */
    private static final String BY_TURN = " ORDER BY priority DESC, COALESCE(next_attempt, 0), id";

    private static final int LONGEST_TEXT = 4000;

    private JobTable() {}

    /**
     * Locks the jobs of a remote until the end of the transaction. To be called before locking any job, so that
     * transactions never wait for each other.
     */
    static void lockRemote(Handle handle, @Nullable String remote) {
        if (remote != null) {
            handle.createUpdate("INSERT INTO job_remotes (remote, changes) VALUES (:remote, 1)"
                            + " ON CONFLICT (remote) DO UPDATE SET changes = job_remotes.changes + 1")
                    .bind("remote", remote)
                    .execute();
        }
    }

    /** Locks a job until the end of the transaction, and reads it. */
    static Optional<JobRow> lock(Handle handle, String id) {
        int rows = handle.createUpdate("UPDATE jobs SET slot = slot WHERE id = :id")
                .bind("id", id)
                .execute();
        return rows == 0 ? Optional.empty() : find(handle, id);
    }

    static Optional<JobRow> find(Handle handle, String id) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM jobs WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> row(row))
                .findOne();
    }

    /**
     * Inserts a new job.
     *
     * @return false if the id exists
     */
    static boolean insert(Handle handle, String id, NewJob job, Instant now) {
        return handle.createUpdate(
                                "INSERT INTO jobs (id, kind, request, remote, source, destination, priority, deadline,"
                                        + " submitter, correlation, batch, state, phase, attempt, bytes_done,"
                                        + " bytes_total, files_done, files_total, message, created, next_attempt,"
                                        + " checkpoint, slot, parked, failures, furthest, discarding) VALUES (:id,"
                                        + " :kind, :request, :remote, :source, :destination, :priority, :deadline,"
                                        + " :submitter, :correlation, :batch, 'QUEUED', '', 0, 0, -1, 0, -1, '',"
                                        + " :now, :now, '', :no, :no, 0, 0, :no) ON CONFLICT (id) DO NOTHING")
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
                        .bind("now", now.toEpochMilli())
                        .bind("no", false)
                        .execute()
                > 0;
    }

    /** Makes a job due, and unpicks it. */
    static void schedule(Handle handle, Job job, Instant time) {
        handle.createUpdate("INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version,"
                        + " priority) VALUES (:kind, :id, :time, :no, 1, :priority)"
                        + " ON CONFLICT (task_name, task_instance) DO UPDATE SET execution_time = :time, picked = :no,"
                        + " picked_by = NULL, last_heartbeat = NULL, version = scheduled_tasks.version + 1")
                .bind("kind", job.wanted().kind())
                .bind("id", job.id())
                .bind("time", time)
                .bind("no", false)
                .bind("priority", job.wanted().priority())
                .execute();
    }

    static void unschedule(Handle handle, String kind, String id) {
        handle.createUpdate("DELETE FROM scheduled_tasks WHERE task_name = :kind AND task_instance = :id")
                .bind("kind", kind)
                .bind("id", id)
                .execute();
    }

    /** Unpicks executions that nobody runs. */
    static void unpick(Handle handle, String kind, String id, long version) {
        handle.createUpdate("UPDATE scheduled_tasks SET picked = :no, picked_by = NULL, last_heartbeat = NULL,"
                        + " version = version + 1 WHERE task_name = :kind AND task_instance = :id"
                        + " AND version = :version")
                .bind("no", false)
                .bind("kind", kind)
                .bind("id", id)
                .bind("version", version)
                .execute();
    }

    /** Unpicks executions of gateways that are gone. */
    static void unpick(Handle handle, Collection<String> runs) {
        handle.createUpdate("UPDATE scheduled_tasks SET picked = :no, picked_by = NULL, last_heartbeat = NULL,"
                        + " version = version + 1 WHERE picked = :yes AND picked_by IN (<runs>)")
                .bind("no", false)
                .bind("yes", true)
                .bindList("runs", runs)
                .execute();
    }

    /** Somebody is at it. */
    static void take(Handle handle, String id, String run, boolean slot) {
        handle.createUpdate("UPDATE jobs SET gateway = :run, slot = :slot, parked = :no, wish = NULL WHERE id = :id")
                .bind("run", run)
                .bind("slot", slot)
                .bind("no", false)
                .bind("id", id)
                .execute();
    }

    /** Nobody is at it any more. */
    static void leave(Handle handle, String id) {
        handle.createUpdate("UPDATE jobs SET gateway = NULL, slot = :no, wish = NULL WHERE id = :id")
                .bind("no", false)
                .bind("id", id)
                .execute();
    }

    static void running(Handle handle, String id, int attempt, Instant now) {
        handle.createUpdate("UPDATE jobs SET state = 'RUNNING', attempt = :attempt, next_attempt = NULL,"
                        + " started = COALESCE(started, :now) WHERE id = :id")
                .bind("attempt", attempt)
                .bind("now", now.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    /** Its state is one in which it is run again. */
    static void waiting(Handle handle, String id, JobState state, String message, Instant next) {
        handle.createUpdate("UPDATE jobs SET state = :state, message = :message, next_attempt = :next WHERE id = :id")
                .bind("state", state.name())
                .bind("message", text(message))
                .bind("next", next.toEpochMilli())
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

    static void paused(Handle handle, String id) {
        handle.createUpdate("UPDATE jobs SET state = 'PAUSED', next_attempt = NULL, parked = :no WHERE id = :id")
                .bind("no", false)
                .bind("id", id)
                .execute();
    }

    static void ended(
            Handle handle, String id, JobState state, String message, Instant now, String teller, boolean discarding) {
        handle.createUpdate("UPDATE jobs SET state = :state, message = :message, ended = :now, next_attempt = NULL,"
                        + " waiting_since = NULL, parked = :no, failures = 0, teller = :teller, discarding = :discarding"
                        + " WHERE id = :id")
                .bind("state", state.name())
                .bind("message", text(message))
                .bind("now", now.toEpochMilli())
                .bind("no", false)
                .bind("teller", teller)
                .bind("discarding", discarding)
                .bind("id", id)
                .execute();
    }

    /** It restarts after its end. A passed deadline no longer counts. */
    static void begunAgain(Handle handle, String id, Instant now) {
        handle.createUpdate("UPDATE jobs SET state = 'QUEUED', message = '', ended = NULL, next_attempt = :now,"
                        + " failures = 0, furthest = 0, teller = NULL,"
                        + " deadline = CASE WHEN deadline <= :now THEN NULL ELSE deadline END WHERE id = :id")
                .bind("now", now.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    static void discarded(Handle handle, String id) {
        handle.createUpdate("UPDATE jobs SET discarding = :no, checkpoint = '' WHERE id = :id")
                .bind("no", false)
                .bind("id", id)
                .execute();
    }

    static void wish(Handle handle, String id, @Nullable RunSignal wish) {
        handle.createUpdate("UPDATE jobs SET wish = :wish WHERE id = :id")
                .bind("wish", wish == null ? null : wish.name())
                .bind("id", id)
                .execute();
    }

    static void park(Handle handle, String id, boolean parked) {
        handle.createUpdate("UPDATE jobs SET parked = :parked WHERE id = :id")
                .bind("parked", parked)
                .bind("id", id)
                .execute();
    }

    /** How many jobs count for the limit of a remote. */
    static int slots(Handle handle, String remote) {
        return handle.createQuery("SELECT COUNT(*) FROM jobs WHERE remote = :remote AND slot")
                .bind("remote", remote)
                .mapTo(Integer.class)
                .one();
    }

    /** The parked jobs of a remote, in order. */
    static List<Job> parked(Handle handle, String remote, int limit) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM jobs WHERE remote = :remote AND parked" + BY_TURN
                        + " LIMIT :limit")
                .bind("remote", remote)
                .bind("limit", limit)
                .map((row, context) -> row(row).job())
                .list();
    }

    static List<String> remotesWithParked(Handle handle) {
        return handle.createQuery("SELECT DISTINCT remote FROM jobs WHERE parked")
                .mapTo(String.class)
                .list();
    }

    static void beginAttempt(Handle handle, String id, int number, String run, Instant now) {
        handle.createUpdate("INSERT INTO job_attempts (job, number, gateway, started, message)"
                        + " VALUES (:id, :number, :run, :now, '')"
                        + " ON CONFLICT (job, number) DO UPDATE SET gateway = :run")
                .bind("id", id)
                .bind("number", number)
                .bind("run", run)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    static void endAttempt(Handle handle, String id, int number, String message, Instant now) {
        handle.createUpdate("UPDATE job_attempts SET ended = :now, message = :message"
                        + " WHERE job = :id AND number = :number AND ended IS NULL")
                .bind("now", now.toEpochMilli())
                .bind("message", text(message))
                .bind("id", id)
                .bind("number", number)
                .execute();
    }

    static List<Attempt> attempts(Handle handle, String id) {
        return handle.createQuery("SELECT number, gateway, started, ended, message FROM job_attempts"
                        + " WHERE job = :id ORDER BY number")
                .bind("id", id)
                .map((row, context) -> new Attempt(
                        row.getInt(1),
                        row.getString(2),
                        Instant.ofEpochMilli(row.getLong(3)),
                        instant(row, 4),
                        row.getString(5)))
                .list();
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

    /** The jobs that a gateway is running, with their requests; an empty string for none. */
    static Map<String, String> atWork(Handle handle, String run) {
        return handle
                .createQuery("SELECT id, COALESCE(wish, '') FROM jobs WHERE gateway = :run")
                .bind("run", run)
                .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Other runs that are running jobs, have picked some, or have to report some. */
    static List<String> otherRuns(Handle handle, String run) {
        return handle.createQuery("SELECT gateway FROM jobs WHERE gateway IS NOT NULL AND gateway <> :run"
                        + " UNION SELECT teller FROM jobs WHERE teller IS NOT NULL AND teller <> :run"
                        + " UNION SELECT picked_by FROM scheduled_tasks"
                        + " WHERE picked_by IS NOT NULL AND picked_by <> :run")
                .bind("run", run)
                .mapTo(String.class)
                .list();
    }

    static List<String> atWork(Handle handle, Collection<String> runs) {
        return handle.createQuery("SELECT id FROM jobs WHERE gateway IN (<runs>) ORDER BY id")
                .bindList("runs", runs)
                .mapTo(String.class)
                .list();
    }

    static void takeOverUntold(Handle handle, Collection<String> runs, String run) {
        handle.createUpdate("UPDATE jobs SET teller = :run WHERE teller IN (<runs>)")
                .bind("run", run)
                .bindList("runs", runs)
                .execute();
    }

    static List<Job> untold(Handle handle, String run, int limit) {
        return handle.createQuery(
                        "SELECT " + COLUMNS + " FROM jobs WHERE teller = :run ORDER BY ended, id LIMIT :limit")
                .bind("run", run)
                .bind("limit", limit)
                .map((row, context) -> row(row).job())
                .list();
    }

    static void told(Handle handle, String id, Instant ended) {
        handle.createUpdate("UPDATE jobs SET teller = NULL WHERE id = :id AND ended = :ended")
                .bind("id", id)
                .bind("ended", ended.toEpochMilli())
                .execute();
    }

    /** The parts of a batch that have not ended. */
    static List<String> partsNotEnded(Handle handle, String batch) {
        return handle.createQuery("SELECT id FROM jobs WHERE batch = :batch AND ended IS NULL ORDER BY created, id")
                .bind("batch", batch)
                .mapTo(String.class)
                .list();
    }

    /** The parts of a batch in some states. */
    static List<String> parts(Handle handle, String batch, Collection<JobState> states) {
        return handle.createQuery(
                        "SELECT id FROM jobs WHERE batch = :batch AND state IN (<states>) ORDER BY created, id")
                .bind("batch", batch)
                .bindList("states", states.stream().map(Enum::name).toList())
                .mapTo(String.class)
                .list();
    }

    static List<Job> list(Handle handle, JobFilter filter) {
        StringBuilder where = new StringBuilder(filter.batch() == null ? "batch IS NULL" : "batch = :batch");
        if (!filter.states().isEmpty()) {
            where.append(" AND state IN (<states>)");
        }
        if (filter.remote() != null) {
            where.append(" AND remote = :remote");
        }
        if (filter.submitter() != null) {
            where.append(" AND submitter = :submitter");
        }
        var query = handle.createQuery(
                "SELECT " + COLUMNS + " FROM jobs WHERE " + where + " ORDER BY created DESC, id DESC LIMIT :limit");
        if (!filter.states().isEmpty()) {
            query.bindList("states", filter.states().stream().map(Enum::name).toList());
        }
        if (filter.batch() != null) {
            query.bind("batch", filter.batch());
        }
        if (filter.remote() != null) {
            query.bind("remote", filter.remote());
        }
        if (filter.submitter() != null) {
            query.bind("submitter", filter.submitter());
        }
        return query.bind("limit", filter.limit())
                .map((row, context) -> row(row).job())
                .list();
    }

    /** How far the parts of a batch are. */
    static BatchProgress progress(Handle handle, String batch) {
        return handle.createQuery("SELECT COUNT(*) AS total,"
                        + " COALESCE(SUM(CASE WHEN state IN (<ends>) THEN 0 ELSE 1 END), 0) AS open,"
                        + " COALESCE(SUM(CASE WHEN state = :succeeded THEN 1 ELSE 0 END), 0) AS succeeded,"
                        + " COALESCE(SUM(bytes_done), 0) AS bytes FROM jobs WHERE batch = :batch")
                .bindList(
                        "ends",
                        Stream.of(JobState.values())
                                .filter(JobState::isEnd)
                                .map(Enum::name)
                                .toList())
                .bind("succeeded", JobState.SUCCEEDED.name())
                .bind("batch", batch)
                .map((row, context) -> new BatchProgress(
                        row.getLong("total"), row.getLong("open"), row.getLong("succeeded"), row.getLong("bytes")))
                .one();
    }

    /** What the jobs of a remote still need at a place, without one of them. */
    static long reserved(Handle handle, String remote, String place, String butNot) {
        return handle.createQuery("SELECT COALESCE(SUM(CASE WHEN r.bytes > j.bytes_done - r.done_before"
                        + " THEN r.bytes - (j.bytes_done - r.done_before) ELSE 0 END), 0)"
                        + " FROM job_reservations r JOIN jobs j ON j.id = r.job"
                        + " WHERE r.remote = :remote AND r.place = :place AND r.job <> :job")
                .bind("remote", remote)
                .bind("place", place)
                .bind("job", butNot)
                .mapTo(Long.class)
                .one();
    }

    static void reserve(Handle handle, String id, String remote, String place, long bytes, long doneBefore) {
        handle.createUpdate("INSERT INTO job_reservations (job, remote, place, bytes, done_before)"
                        + " VALUES (:job, :remote, :place, :bytes, :doneBefore)"
                        + " ON CONFLICT (job) DO UPDATE SET place = :place, bytes = :bytes,"
                        + " done_before = :doneBefore")
                .bind("job", id)
                .bind("remote", remote)
                .bind("place", place)
                .bind("bytes", bytes)
                .bind("doneBefore", doneBefore)
                .execute();
        handle.createUpdate("UPDATE jobs SET waiting_since = NULL WHERE id = :job")
                .bind("job", id)
                .execute();
    }

    static void unreserve(Handle handle, String id) {
        handle.createUpdate("DELETE FROM job_reservations WHERE job = :job")
                .bind("job", id)
                .execute();
    }

    /** Whether an older job of the same remote has a checkpoint and waits for space. */
    static boolean isInTheWay(Handle handle, String id) {
        return handle.createQuery("SELECT COUNT(*) FROM jobs j JOIN jobs o ON o.remote = j.remote"
                                + " WHERE j.id = :id AND o.ended IS NULL AND o.state <> 'PAUSED'"
                                + " AND o.waiting_since IS NOT NULL AND o.checkpoint <> ''"
                                + " AND (o.created < j.created OR (o.created = j.created AND o.id < j.id))")
                        .bind("id", id)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    /** Jobs without an execution, for example after a database was assembled from copies. */
    static List<Job> forgotten(Handle handle, int limit) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM jobs j WHERE gateway IS NULL"
                        + " AND (discarding = :yes OR (ended IS NULL AND state <> 'PAUSED'))"
                        + " AND NOT EXISTS (SELECT 1 FROM scheduled_tasks s"
                        + " WHERE s.task_name = j.kind AND s.task_instance = j.id) LIMIT :limit")
                .bind("yes", true)
                .bind("limit", limit)
                .map((row, context) -> row(row).job())
                .list();
    }

    /** Removes jobs that ended before a time, some at once. */
    static int removeEndedBefore(Handle handle, Instant time, int limit) {
        return handle.createUpdate("DELETE FROM jobs WHERE id IN (SELECT id FROM jobs j WHERE ended < :time"
                        + " AND teller IS NULL AND discarding = :no AND gateway IS NULL"
                        // A running batch counts its parts.
                        + " AND NOT EXISTS (SELECT 1 FROM jobs b WHERE b.id = j.batch AND b.ended IS NULL)"
                        + " ORDER BY ended LIMIT :limit)")
                .bind("time", time.toEpochMilli())
                .bind("no", false)
                .bind("limit", limit)
                .execute();
    }

    /** When the last job ended that is one too many. */
    static Optional<Instant> endOfTheFirstBeyond(Handle handle, int jobs) {
        return handle.createQuery(
                        "SELECT ended FROM jobs WHERE ended IS NOT NULL ORDER BY ended DESC LIMIT 1 OFFSET :jobs")
                .bind("jobs", jobs)
                .mapTo(Long.class)
                .findOne()
                .map(Instant::ofEpochMilli);
    }

    /** What is told by others may be endless, and PostgreSQL takes no NUL. */
    private static String text(String message) {
        String whole = message.replace('\u0000', '\uFFFD');
        return whole.length() <= LONGEST_TEXT ? whole : whole.substring(0, LONGEST_TEXT) + "...";
    }

    private static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    private static JobRow row(ResultSet row) throws SQLException {
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
                row.getString(11));
        Job job = new Job(
                wanted,
                JobState.valueOf(row.getString(12)),
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
                instant(row, 23),
                instant(row, 24));
        String wish = row.getString(28);
        return new JobRow(
                job,
                row.getString(25),
                row.getString(26),
                row.getBoolean(27),
                wish == null ? null : RunSignal.valueOf(wish),
                row.getInt(29),
                row.getLong(30),
                row.getBoolean(31));
    }
}

package dev.slipway.transfer.job;

import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** The statements about many jobs: listing them, the parts of a batch, ends to be reported, and which are forgotten. */
final class JobHistory {
    private JobHistory() {}

    /** The newest first. */
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
        if (filter.correlation() != null) {
            where.append(" AND correlation = :correlation");
        }
        if (filter.since() != null) {
            where.append(" AND created >= :since");
        }
        if (filter.until() != null) {
            where.append(" AND created < :until");
        }
        if (filter.after() != null) {
            where.append(" AND (created, id) < (SELECT a.created, a.id FROM jobs a WHERE a.id = :after)");
        }
        var query = handle.createQuery(
                JobTable.SELECT + " WHERE " + where + " ORDER BY created DESC, id DESC LIMIT :limit");
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
        if (filter.correlation() != null) {
            query.bind("correlation", filter.correlation());
        }
        if (filter.since() != null) {
            query.bind("since", millis(filter.since()));
        }
        if (filter.until() != null) {
            query.bind("until", millis(filter.until()));
        }
        if (filter.after() != null) {
            query.bind("after", filter.after());
        }
        return query.bind("limit", filter.limit())
                .map((row, context) -> JobTable.row(row).job())
                .list();
    }

    /** A time that has no number of milliseconds is further away than any job. */
    private static long millis(Instant time) {
        try {
            return time.toEpochMilli();
        } catch (ArithmeticException e) {
            return time.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /** Jobs whose ids begin like this, in the order of their ids. */
    static List<Job> beginningWith(Handle handle, String begin, int limit) {
        return handle.createQuery(JobTable.SELECT + " WHERE substr(id, 1, :length) = :begin ORDER BY id LIMIT :limit")
                .bind("length", begin.length())
                .bind("begin", begin)
                .bind("limit", limit)
                .map((row, context) -> JobTable.row(row).job())
                .list();
    }

    /** How many jobs are in each state, without the parts of batches. */
    static Map<JobState, Long> counts(Handle handle) {
        Map<JobState, Long> counts = new EnumMap<>(JobState.class);
        handle.createQuery("SELECT state, COUNT(*) AS jobs FROM jobs WHERE batch IS NULL GROUP BY state")
                .map((row, context) -> Map.entry(JobState.valueOf(row.getString("state")), row.getLong("jobs")))
                .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
        return counts;
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

    /** Jobs whose end a gateway has yet to report, those that ended first before the others. */
    static List<Job> unreported(Handle handle, String run, int limit) {
        return handle.createQuery(JobTable.SELECT + " WHERE reporter = :run ORDER BY ended, id LIMIT :limit")
                .bind("run", run)
                .bind("limit", limit)
                .map((row, context) -> JobTable.row(row).job())
                .list();
    }

    static void reported(Handle handle, String id, Instant ended) {
        handle.createUpdate("UPDATE jobs SET reporter = NULL WHERE id = :id AND ended = :ended")
                .bind("id", id)
                .bind("ended", ended.toEpochMilli())
                .execute();
    }

    /** Has a gateway report what others can no longer report. */
    static void takeOverReports(Handle handle, Collection<String> runs, String run) {
        handle.createUpdate("UPDATE jobs SET reporter = :run WHERE reporter IN (<runs>)")
                .bind("run", run)
                .bindList("runs", runs)
                .execute();
    }

    /** Removes a job that has ended, unless something is left to be done for it. */
    static void remove(Handle handle, String id) {
        handle.createUpdate("DELETE FROM jobs WHERE id = :id AND ended IS NOT NULL AND reporter IS NULL"
                        + " AND discarding = :no AND gateway IS NULL")
                .bind("id", id)
                .bind("no", false)
                .execute();
    }

    /** Removes some of the jobs that ended before a time, and says how many. */
    static int removeEndedBefore(Handle handle, Instant time, int limit) {
        return handle.createUpdate("DELETE FROM jobs WHERE id IN (SELECT id FROM jobs j WHERE ended < :time"
                        + " AND reporter IS NULL AND discarding = :no AND gateway IS NULL"
                        // A batch counts its parts as long as it runs, and again when it is retried.
                        + " AND NOT EXISTS (SELECT 1 FROM jobs b WHERE b.id = j.batch AND b.state <> :succeeded)"
                        + " ORDER BY ended LIMIT :limit)")
                .bind("time", time.toEpochMilli())
                .bind("no", false)
                .bind("succeeded", JobState.SUCCEEDED.name())
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
}

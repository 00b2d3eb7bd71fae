package dev.slipway.transfer.job;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** The statements that make a queue of the rows of jobs: which are due, who has claimed them, and which are parked. */
final class QueueTable {
    /** Those that any gateway may claim once they are due; the condition of an index. */
    private static final String CLAIMABLE = "due IS NOT NULL AND gateway IS NULL AND waits_for IS NULL";

    private QueueTable() {}

    /**
     * Which jobs a gateway may claim.
     *
     * @param kinds the kinds of jobs that it knows; not empty
     * @param except jobs that its threads have not put down yet
     * @param limit how many, at most
     */
    record Wanted(Collection<String> kinds, Collection<String> except, Instant now, int limit) {}

    /**
     * The jobs that come next: those of the highest priority first, and of each priority those that have been due the
     * longest. Locks them until the end of the transaction, and skips those that others have locked. Goes through the
     * priorities one by one, so that it costs the same whether there are many due jobs or many that are not due yet.
     *
     * @param isShared whether several gateways use the database; the transaction on another locks all of it
     */
    static List<String> next(Handle handle, Wanted wanted, boolean isShared) {
        List<String> ids = new ArrayList<>();
        Optional<Integer> priority = highestPriority(handle, null);
        while (priority.isPresent() && ids.size() < wanted.limit()) {
            Query query = handle.createQuery("SELECT id FROM jobs WHERE " + CLAIMABLE
                            + " AND priority = :priority AND due <= :now AND kind IN (<kinds>)"
                            + (wanted.except().isEmpty() ? "" : " AND id NOT IN (<except>)")
                            + " ORDER BY due, id LIMIT :limit" + (isShared ? " FOR UPDATE SKIP LOCKED" : ""))
                    .bind("priority", priority.get())
                    .bind("now", wanted.now().toEpochMilli())
                    .bindList("kinds", wanted.kinds())
                    .bind("limit", wanted.limit() - ids.size());
            if (!wanted.except().isEmpty()) {
                query.bindList("except", wanted.except());
            }
            ids.addAll(query.mapTo(String.class).list());
            priority = highestPriority(handle, priority.get());
        }
        return ids;
    }

    private static Optional<Integer> highestPriority(Handle handle, @Nullable Integer below) {
        Query query = handle.createQuery("SELECT priority FROM jobs WHERE " + CLAIMABLE
                + (below == null ? "" : " AND priority < :below") + " ORDER BY priority DESC LIMIT 1");
        if (below != null) {
            query.bind("below", below);
        }
        return query.mapTo(Integer.class).findOne();
    }

    /** Gives jobs to a gateway. */
    static void claim(Handle handle, Collection<String> ids, String run) {
        handle.createUpdate("UPDATE jobs SET gateway = :run, signal = NULL WHERE id IN (<ids>)")
                .bind("run", run)
                .bindList("ids", ids)
                .execute();
    }

    /** Ends a gateway's lease. The job is due when it was due before. */
    static void release(Handle handle, String id) {
        handle.createUpdate("UPDATE jobs SET gateway = NULL, signal = NULL WHERE id = :id")
                .bind("id", id)
                .execute();
        handle.createUpdate("DELETE FROM job_slots WHERE job = :id")
                .bind("id", id)
                .execute();
    }

    /** Sets when a job is due; null for never. */
    static void due(Handle handle, String id, @Nullable Instant time) {
        handle.createUpdate("UPDATE jobs SET due = :due, waits_for = NULL WHERE id = :id")
                .bind("due", time == null ? null : time.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    /** Has a job wait for a resource, or no longer do so; it keeps its place among those that wait. */
    static void park(Handle handle, String id, @Nullable Resource resource) {
        handle.createUpdate("UPDATE jobs SET waits_for = :resource WHERE id = :id")
                .bind("resource", resource == null ? null : resource.toString())
                .bind("id", id)
                .execute();
    }

    /** The jobs that are parked at a resource, in order. */
    static List<JobRow> parked(Handle handle, Resource resource, int limit) {
        return handle.createQuery(
                        JobTable.SELECT + " WHERE waits_for = :resource ORDER BY priority DESC, due, id LIMIT :limit")
                .bind("resource", resource.toString())
                .bind("limit", limit)
                .map((row, context) -> JobTable.row(row))
                .list();
    }

    static List<Resource> resourcesWithParked(Handle handle) {
        return handle
                .createQuery("SELECT DISTINCT waits_for FROM jobs WHERE waits_for IS NOT NULL")
                .mapTo(String.class)
                .stream()
                .map(Resource::parse)
                .toList();
    }

    /** Parked jobs whose deadline has passed. */
    static List<String> parkedTooLong(Handle handle, Instant now) {
        return handle.createQuery("SELECT id FROM jobs WHERE waits_for IS NOT NULL AND deadline IS NOT NULL"
                        + " AND deadline <= :now AND discarding = :no")
                .bind("now", now.toEpochMilli())
                .bind("no", false)
                .mapTo(String.class)
                .list();
    }

    /**
     * Locks a resource, or something else that is named likewise, until the end of the transaction. To be called before
     * locking any job, and in the order of the names, so that transactions never wait for each other.
     */
    static void lock(Handle handle, String name) {
        handle.createUpdate("INSERT INTO job_locks (resource, changes) VALUES (:resource, 1)"
                        + " ON CONFLICT (resource) DO UPDATE SET changes = job_locks.changes + 1")
                .bind("resource", name)
                .execute();
    }

    /** How many slots of a resource are taken. */
    static int slots(Handle handle, Resource resource) {
        return handle.createQuery("SELECT COUNT(*) FROM job_slots WHERE resource = :resource")
                .bind("resource", resource.toString())
                .mapTo(Integer.class)
                .one();
    }

    static void takeSlot(Handle handle, Resource resource, String id) {
        handle.createUpdate("INSERT INTO job_slots (resource, job) VALUES (:resource, :id)"
                        + " ON CONFLICT (resource, job) DO NOTHING")
                .bind("resource", resource.toString())
                .bind("id", id)
                .execute();
    }

    /** The jobs that a gateway has claimed, with requests to it; an empty string for none. */
    static Map<String, String> claimed(Handle handle, String run) {
        return handle
                .createQuery("SELECT id, COALESCE(signal, '') FROM jobs WHERE gateway = :run")
                .bind("run", run)
                .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    static List<String> claimed(Handle handle, Collection<String> runs) {
        return handle.createQuery("SELECT id FROM jobs WHERE gateway IN (<runs>) ORDER BY id")
                .bindList("runs", runs)
                .mapTo(String.class)
                .list();
    }

    /** Other runs that have claimed jobs, or have to report the ends of some. */
    static List<String> otherRuns(Handle handle, String run) {
        return handle.createQuery("SELECT gateway FROM jobs WHERE gateway IS NOT NULL AND gateway <> :run"
                        + " UNION SELECT reporter FROM jobs WHERE reporter IS NOT NULL AND reporter <> :run")
                .bind("run", run)
                .mapTo(String.class)
                .list();
    }
}

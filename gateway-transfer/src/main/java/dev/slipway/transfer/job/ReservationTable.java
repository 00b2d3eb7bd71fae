package dev.slipway.transfer.job;

import org.jdbi.v3.core.Handle;

/** Space that jobs have reserved at their remotes. */
final class ReservationTable {
    private ReservationTable() {}

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

    static void release(Handle handle, String id) {
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
}

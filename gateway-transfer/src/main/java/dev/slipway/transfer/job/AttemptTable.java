package dev.slipway.transfer.job;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The attempts at jobs. */
final class AttemptTable {
    private AttemptTable() {}

    static void begin(Handle handle, String id, int number, String run, Instant now) {
        handle.createUpdate("INSERT INTO job_attempts (job, number, gateway, started, bytes_before, message)"
                        + " SELECT id, :number, :run, :now, bytes_done, '' FROM jobs WHERE id = :id"
                        + " ON CONFLICT (job, number) DO UPDATE SET gateway = excluded.gateway")
                .bind("id", id)
                .bind("number", number)
                .bind("run", run)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    /** How the running attempt of a gateway sends its file. */
    static void sends(Handle handle, String id, int number, String run, String mode, int parts) {
        handle.createUpdate("UPDATE job_attempts SET mode = :mode, parts = :parts"
                        + " WHERE job = :id AND number = :number AND gateway = :run AND ended IS NULL")
                .bind("mode", mode)
                .bind("parts", parts)
                .bind("id", id)
                .bind("number", number)
                .bind("run", run)
                .execute();
    }

    static void end(Handle handle, String id, int number, String message, Instant now) {
        handle.createUpdate("UPDATE job_attempts SET ended = :now, message = :message,"
                        + " bytes_after = (SELECT bytes_done FROM jobs WHERE id = :id)"
                        + " WHERE job = :id AND number = :number AND ended IS NULL")
                .bind("now", now.toEpochMilli())
                .bind("message", JobTable.text(message))
                .bind("id", id)
                .bind("number", number)
                .execute();
    }

    /** The first one first. */
    static List<Attempt> list(Handle handle, String id) {
        return handle.createQuery("SELECT a.number, a.gateway, a.started, a.ended, a.mode, a.parts,"
                        + " COALESCE(a.bytes_after, CASE WHEN a.number = j.attempt THEN j.bytes_done END,"
                        + " a.bytes_before) - a.bytes_before, a.message"
                        + " FROM job_attempts a JOIN jobs j ON j.id = a.job WHERE a.job = :id ORDER BY a.number")
                .bind("id", id)
                .map((row, context) -> new Attempt(
                        row.getInt(1),
                        row.getString(2),
                        Instant.ofEpochMilli(row.getLong(3)),
                        JobTable.instant(row, 4),
                        row.getString(5),
                        row.getInt(6),
                        // The job may have begun anew meanwhile.
                        Math.max(0, row.getLong(7)),
                        row.getString(8)))
                .list();
    }
}

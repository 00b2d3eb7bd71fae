package dev.slipway.transfer.job;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The attempts at jobs. */
final class AttemptTable {
    private AttemptTable() {}

    static void begin(Handle handle, String id, int number, String run, Instant now) {
        handle.createUpdate("INSERT INTO job_attempts (job, number, gateway, started, message)"
                        + " VALUES (:id, :number, :run, :now, '')"
                        + " ON CONFLICT (job, number) DO UPDATE SET gateway = :run")
                .bind("id", id)
                .bind("number", number)
                .bind("run", run)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    static void end(Handle handle, String id, int number, String message, Instant now) {
        handle.createUpdate("UPDATE job_attempts SET ended = :now, message = :message"
                        + " WHERE job = :id AND number = :number AND ended IS NULL")
                .bind("now", now.toEpochMilli())
                .bind("message", JobTable.text(message))
                .bind("id", id)
                .bind("number", number)
                .execute();
    }

    /** The first one first. */
    static List<Attempt> list(Handle handle, String id) {
        return handle.createQuery("SELECT number, gateway, started, ended, message FROM job_attempts"
                        + " WHERE job = :id ORDER BY number")
                .bind("id", id)
                .map((row, context) -> new Attempt(
                        row.getInt(1),
                        row.getString(2),
                        Instant.ofEpochMilli(row.getLong(3)),
                        JobTable.instant(row, 4),
                        row.getString(5)))
                .list();
    }
}

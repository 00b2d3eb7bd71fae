package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import java.util.Map;
import java.util.Optional;

/** What a running job keeps in the database: its checkpoint, its progress and its reservation of space. */
final class RunRecords {
    private final StateDatabase database;

    RunRecords(StateDatabase database) {
        this.database = database;
    }

    /**
     * Saves a checkpoint.
     *
     * @return false if the job no longer belongs to this gateway
     */
    boolean save(String id, int attempt, String checkpoint) {
        return database.inTransaction(handle -> JobTable.save(handle, id, database.run(), attempt, checkpoint));
    }

    /** See {@link JobRun#sends}. */
    void sends(Job job, String mode, int parts) {
        database.inTransaction(handle -> {
            AttemptTable.sends(handle, job.id(), job.attempt(), database.run(), mode, parts);
            return true;
        });
    }

    /** Writes the progress of several jobs. That of jobs which no longer belong to this gateway is discarded. */
    void write(Map<ActiveRun, Progress> progress) {
        database.inTransaction(handle -> {
            progress.forEach((run, now) -> JobTable.progress(
                    handle, run.job().id(), database.run(), run.job().attempt(), now));
            return true;
        });
    }

    /**
     * Reserves space for a job; see {@link JobRun#reserve}.
     *
     * @param doneBefore the bytes that have already arrived
     * @return empty if the job no longer belongs to this gateway
     */
    Optional<Boolean> reserve(Job job, String place, long bytes, long available, long doneBefore) {
        String id = job.id();
        String remote = job.wanted().remote() == null ? "" : job.wanted().remote();
        return database.inTransaction(handle -> {
            // One after the other, on all gateways. Before the job, as everywhere.
            QueueTable.lock(handle, "space:" + remote);
            Optional<JobRow> own = JobTable.lock(handle, id)
                    .filter(row -> row.isClaimedBy(database.run()) && row.job().attempt() == job.attempt());
            return own.map(_ -> {
                if (bytes > available - ReservationTable.reserved(handle, remote, place, id)) {
                    ReservationTable.release(handle, id);
                    return false;
                }
                ReservationTable.reserve(handle, id, remote, place, bytes, doneBefore);
                return true;
            });
        });
    }

    /** See {@link JobRun#isInTheWay}. */
    boolean isInTheWay(String id) {
        return database.read(handle -> ReservationTable.isInTheWay(handle, id));
    }
}

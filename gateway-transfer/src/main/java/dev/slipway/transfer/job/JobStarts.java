package dev.slipway.transfer.job;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** What becomes of a job that this gateway has claimed: it starts, is parked, or is given back. */
final class JobStarts {
    private final JobTransactions transactions;
    private final JobEnds ends;

    JobStarts(JobTransactions transactions, JobEnds ends) {
        this.transactions = transactions;
        this.ends = ends;
    }

    /**
     * Starts a job, if this gateway has claimed it. Repeating this after the answer of the database was lost makes no
     * difference.
     */
    Begun begin(String id) {
        return transactions.change(id, Begun::isChange, this::begin).orElseGet(Begun.Nothing::new);
    }

    private Begun begin(Handle handle, JobRow row, Map<Resource, Integer> limits) {
        if (!row.isClaimedBy(transactions.run())) {
            return new Begun.Nothing();
        }
        if (!row.hasWork()) {
            // Cancelled or paused after it was claimed.
            QueueTable.release(handle, row.id());
            QueueTable.due(handle, row.id(), null);
            return new Begun.Nothing();
        }
        Instant now = transactions.now();
        // A batch that looks at its parts takes no slot: the parts take them.
        boolean isLookingAgain = row.state() == JobState.RUNNING;
        if (!row.discarding()
                && !isLookingAgain
                && JobEnds.isPast(row.job().wanted().deadline(), now)) {
            QueueTable.release(handle, row.id());
            ends.deadlinePassed(handle, row, now);
            return new Begun.Over();
        }
        if (!isLookingAgain) {
            Optional<Resource> missing = ResourceSlots.take(handle, row, limits);
            if (missing.isPresent()) {
                QueueTable.release(handle, row.id());
                QueueTable.park(handle, row.id(), missing.get());
                // Those that come before it, or that wait for another of its resources.
                ResourceSlots.unpark(handle, limits);
                return new Begun.Nothing();
            }
        }
        if (row.discarding()) {
            return new Begun.Discard(row.job(), row.checkpoint());
        }
        Job job = row.job();
        boolean isNext = row.state() == JobState.QUEUED || row.state() == JobState.RETRYING;
        int attempt = isNext ? job.attempt() + 1 : job.attempt();
        JobTable.running(handle, job.id(), attempt, now);
        AttemptTable.begin(handle, job.id(), attempt, transactions.run(), now);
        return new Begun.Work(JobTable.find(handle, job.id()).orElseThrow().job(), row.checkpoint());
    }

    /** Gives back a claimed job that was not started. */
    void release(String id) {
        var _ = transactions.change(id, (handle, row, limits) -> {
            if (row.isClaimedBy(transactions.run()) && !row.isRunning()) {
                QueueTable.release(handle, id);
            }
            return false;
        });
    }

    /** Ends parked jobs whose deadline has passed. */
    void endParkedTooLong() {
        Instant now = transactions.now();
        for (String id : transactions.database().read(handle -> QueueTable.parkedTooLong(handle, now))) {
            var _ = transactions.change(id, (handle, row, limits) -> {
                boolean isOver = row.queue() instanceof QueueState.Parked
                        && !row.discarding()
                        && JobEnds.isPast(row.job().wanted().deadline(), now);
                if (isOver) {
                    ends.deadlinePassed(handle, row, now);
                }
                return isOver;
            });
        }
    }

    /** Lets parked jobs be claimed whose resource is below its limit, because the limit has changed. */
    void unparkAll() {
        for (Resource resource : transactions.database().read(QueueTable::resourcesWithParked)) {
            Map<Resource, Integer> limits = transactions.limits(List.of(resource));
            transactions.database().inTransaction(handle -> {
                QueueTable.lock(handle, resource.toString());
                ResourceSlots.unpark(handle, limits);
                return true;
            });
        }
    }
}

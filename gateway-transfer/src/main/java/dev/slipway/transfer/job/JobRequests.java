package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;

/** What people and programs ask for: new jobs, and that jobs are cancelled, paused, resumed and retried. */
final class JobRequests {
    private final JobTransactions transactions;
    private final JobEnds ends;
    private final StateDatabase database;

    JobRequests(JobTransactions transactions, JobEnds ends) {
        this.transactions = transactions;
        this.ends = ends;
        this.database = transactions.database();
    }

    private record Submitted(Job job, boolean isNew) {}

    /** Keeps a job, unless there is one with its id. */
    Job submit(String id, NewJob wanted) {
        Submitted submitted = transactions.inOrder(id, () -> {
            Submitted kept = database.inTransaction(handle -> insert(handle, id, wanted));
            if (kept.isNew()) {
                transactions.report(kept.job());
            }
            return kept;
        });
        if (submitted.isNew()) {
            followBatch(submitted.job());
        }
        return submitted.job();
    }

    /**
     * Keeps a job within a transaction of somebody else, unless there is one with its id.
     *
     * @return whether it is new
     */
    boolean submit(Handle handle, String id, NewJob wanted) {
        return insert(handle, id, wanted).isNew();
    }

    private Submitted insert(Handle handle, String id, NewJob wanted) {
        boolean isNew = JobTable.insert(handle, id, wanted, transactions.now());
        return new Submitted(JobTable.find(handle, id).orElseThrow().job(), isNew);
    }

    /** A batch may be stopped while it still makes parts. */
    private void followBatch(Job part) {
        String batch = part.wanted().batch();
        Optional<JobRow> row = batch == null ? Optional.empty() : transactions.find(batch);
        row.ifPresent(of -> {
            if (of.state() == JobState.CANCELLED || of.hasSignal(RunSignal.CANCEL)) {
                cancel(part.id());
            } else if (of.state() == JobState.PAUSED || of.hasSignal(RunSignal.PAUSE)) {
                pause(part.id());
            }
        });
    }

    /** Stops the parts that a batch has made after those that were there were stopped. */
    void stopPartsWith(String batch) {
        transactions.find(batch).ifPresent(row -> {
            if (row.state() == JobState.CANCELLED) {
                forParts(batch, this::cancel);
            } else if (row.state() == JobState.PAUSED) {
                forParts(batch, this::pause);
            }
        });
    }

    boolean cancel(String id) {
        boolean isChanged = transactions.change(id, (handle, row, limits) -> {
            if (row.state().isEnd()) {
                return false;
            }
            if (row.isRunning()) {
                JobTable.signal(handle, id, RunSignal.CANCEL);
            } else {
                ends.cancel(handle, row, transactions.now());
            }
            return true;
        });
        return forParts(id, this::cancel) || isChanged;
    }

    boolean pause(String id) {
        boolean isChanged = transactions.change(id, (handle, row, limits) -> {
            if (row.state().isEnd()
                    || row.state() == JobState.PAUSED
                    || row.signal().isPresent()) {
                return false;
            }
            if (row.isRunning()) {
                JobTable.signal(handle, id, RunSignal.PAUSE);
            } else {
                ends.pause(handle, row, transactions.now());
            }
            return true;
        });
        return forParts(id, this::pause) || isChanged;
    }

    boolean resume(String id) {
        boolean isChanged = transactions.change(id, (handle, row, limits) -> {
            if (row.hasSignal(RunSignal.PAUSE)) {
                JobTable.signal(handle, id, null);
                return true;
            }
            if (row.state() != JobState.PAUSED) {
                return false;
            }
            JobTable.waiting(handle, id, JobState.QUEUED, "", transactions.now());
            return true;
        });
        if (isChanged) {
            parts(id, Set.of(JobState.PAUSED, JobState.RUNNING)).forEach(this::resume);
        }
        return isChanged;
    }

    boolean retry(String id) {
        // The parts before the batch itself, which would find them where they were.
        boolean isPaused = transactions
                .find(id)
                .filter(row -> row.state() == JobState.PAUSED)
                .isPresent();
        boolean isPartChanged = false;
        if (!isPaused) {
            for (String part : parts(id, Set.of(JobState.FAILED, JobState.CANCELLED))) {
                isPartChanged |= retry(part);
            }
        }
        boolean isChanged = transactions.change(id, (handle, row, limits) -> {
            Instant now = transactions.now();
            return switch (row.state()) {
                case FAILED, CANCELLED -> {
                    JobTable.restarted(handle, id, now);
                    yield true;
                }
                case WAITING_FOR_SPACE, RETRYING -> {
                    QueueTable.due(handle, id, now);
                    yield true;
                }
                case QUEUED -> {
                    boolean isBetweenAttempts = row.job().attempt() > 0;
                    if (isBetweenAttempts) {
                        QueueTable.due(handle, id, now);
                    }
                    yield isBetweenAttempts;
                }
                case RUNNING, PAUSED, SUCCEEDED -> false;
            };
        });
        return isChanged || isPartChanged;
    }

    private List<String> parts(String batch, Set<JobState> states) {
        return database.read(handle -> JobHistory.parts(handle, batch, states));
    }

    /** Does something with the parts of a batch that have not ended. */
    private boolean forParts(String batch, Predicate<String> change) {
        boolean isChanged = false;
        for (String part : database.read(handle -> JobHistory.partsNotEnded(handle, batch))) {
            isChanged |= change.test(part);
        }
        return isChanged;
    }
}

package dev.slipway.transfer.job;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What becomes of a job after an attempt: it ends, waits for the next attempt or for space, or is paused. */
final class JobEnds {
    private final JobTransactions transactions;
    private final JobSettings settings;
    private final Retries usual;

    JobEnds(JobTransactions transactions, JobSettings settings) {
        this.transactions = transactions;
        this.settings = settings;
        this.usual = new Retries(settings.failures(), settings.firstBackOff(), settings.longestBackOff());
    }

    static boolean isPast(@Nullable Instant time, Instant now) {
        return time != null && !now.isBefore(time);
    }

    private static Instant earlier(Instant time, @Nullable Instant deadline) {
        return deadline != null && deadline.isBefore(time) ? deadline : time;
    }

    /**
     * The work on a job has come to an end.
     *
     * @return whether the job was still this gateway's
     */
    boolean finish(String id, int attempt, Ending ending) {
        return transactions.change(id, (handle, row, limits) -> {
            if (!row.isClaimedBy(transactions.run()) || row.job().attempt() != attempt) {
                return false;
            }
            QueueTable.release(handle, id);
            finish(handle, row, ending, transactions.now());
            ResourceSlots.unpark(handle, limits);
            return true;
        });
    }

    private void finish(Handle handle, JobRow row, Ending ending, Instant now) {
        if (ending instanceof Ending.Returned(JobResult.Done(String message))) {
            end(handle, row, JobState.SUCCEEDED, message, now);
        } else if (row.hasSignal(RunSignal.CANCEL)) {
            cancel(handle, row, now);
        } else if (ending instanceof Ending.Failed(String message, boolean retryable) && !retryable) {
            end(handle, row, JobState.FAILED, message, now);
        } else if (row.hasSignal(RunSignal.PAUSE)) {
            pause(handle, row, now);
        } else {
            switch (ending) {
                case Ending.Returned(JobResult.WaitForSpace(String message)) -> waitForSpace(handle, row, message, now);
                case Ending.Returned(JobResult.LookAgain(Duration after)) ->
                    JobTable.waiting(
                            handle, row.id(), JobState.RUNNING, row.job().message(), now.plus(after));
                case Ending.Returned(JobResult.Done _) -> throw new IllegalStateException("it has ended");
                case Ending.Failed(String message, boolean _) -> retryLater(handle, row, message, now);
                case Ending.Stopped(String message) -> {
                    AttemptTable.end(handle, row.id(), row.job().attempt(), message, now);
                    JobTable.waiting(handle, row.id(), JobState.QUEUED, message, now);
                }
            }
        }
    }

    private void waitForSpace(Handle handle, JobRow row, String message, Instant now) {
        ReservationTable.release(handle, row.id());
        Instant deadline = row.job().wanted().deadline();
        if (isPast(deadline, now)) {
            end(handle, row, JobState.FAILED, "there was not enough space before the deadline: " + message, now);
            return;
        }
        JobTable.waitingForSpaceSince(handle, row.id(), now);
        Instant next = earlier(now.plus(settings.spaceInterval()), deadline);
        JobTable.waiting(handle, row.id(), JobState.WAITING_FOR_SPACE, message, next);
    }

    private void retryLater(Handle handle, JobRow row, String message, Instant now) {
        Job job = row.job();
        Instant deadline = job.wanted().deadline();
        int failures = failures(row);
        if (isPast(deadline, now)) {
            end(handle, row, JobState.FAILED, "the deadline has passed: " + message, now);
        } else if (failures >= mostAttempts(row)) {
            String times = failures == 1 ? "" : "gave up after " + failures + " failures in a row: ";
            end(handle, row, JobState.FAILED, times + message, now);
        } else {
            failed(handle, row, failures);
            AttemptTable.end(handle, job.id(), job.attempt(), message, now);
            Instant next = earlier(now.plus(pause(row, failures)), deadline);
            JobTable.waiting(handle, job.id(), JobState.RETRYING, message, next);
        }
    }

    private int mostAttempts(JobRow row) {
        return Objects.requireNonNull(row.job().wanted().retries().or(usual).attempts());
    }

    private Duration pause(JobRow row, int failures) {
        Retries retries = row.job().wanted().retries().or(usual);
        Duration first = Objects.requireNonNull(retries.firstPause());
        Duration longest = Objects.requireNonNull(retries.longestPause());
        return new BackOff(first, longest.compareTo(first) < 0 ? first : longest).after(failures);
    }

    /** A job that makes progress each time will arrive, however often it is interrupted. */
    private static int failures(JobRow row) {
        return row.job().bytesDone() > row.furthest() ? 1 : row.failures() + 1;
    }

    private static void failed(Handle handle, JobRow row, int failures) {
        JobTable.failed(handle, row.id(), failures, Math.max(row.job().bytesDone(), row.furthest()));
    }

    /** The gateway that ran the job is gone, or has lost it. That counts as a failure: the job may be why. */
    void crashed(Handle handle, JobRow row, Instant now) {
        String message = "the gateway that ran it has stopped";
        int failures = failures(row);
        if (row.hasSignal(RunSignal.CANCEL)) {
            cancel(handle, row, now);
        } else if (row.hasSignal(RunSignal.PAUSE)) {
            pause(handle, row, now);
        } else if (failures >= mostAttempts(row)) {
            end(handle, row, JobState.FAILED, message, now);
        } else {
            failed(handle, row, failures);
            JobTable.waiting(handle, row.id(), JobState.QUEUED, message, now);
        }
    }

    void deadlinePassed(Handle handle, JobRow row, Instant now) {
        String last = row.job().message();
        String reason = row.job().waitingSince() == null
                ? "the deadline has passed"
                : "there was not enough space before the deadline";
        end(handle, row, JobState.FAILED, last.isEmpty() ? reason : reason + ": " + last, now);
    }

    void cancel(Handle handle, JobRow row, Instant now) {
        end(handle, row, JobState.CANCELLED, "cancelled", now);
    }

    void pause(Handle handle, JobRow row, Instant now) {
        Job job = row.job();
        JobTable.paused(handle, job.id());
        AttemptTable.end(handle, job.id(), job.attempt(), "paused", now);
        ReservationTable.release(handle, job.id());
    }

    private void end(Handle handle, JobRow row, JobState state, String message, Instant now) {
        Job job = row.job();
        boolean hasLeftovers = state != JobState.SUCCEEDED && job.attempt() > 0;
        JobTable.ended(handle, job.id(), state, message, now, transactions.run(), hasLeftovers);
        AttemptTable.end(handle, job.id(), job.attempt(), message, now);
        ReservationTable.release(handle, job.id());
    }

    /**
     * A job's leftovers were removed, or the removal failed and is retried, unless the job itself is retried.
     *
     * @param checkpoint what a retry begins with
     */
    void discarded(String id, Discarding outcome, String checkpoint) {
        var _ = transactions.change(id, (handle, row, limits) -> {
            if (!row.isClaimedBy(transactions.run())) {
                return false;
            }
            Instant now = transactions.now();
            int failures = row.failures() + 1;
            boolean isWanted = row.state() == JobState.QUEUED;
            QueueTable.release(handle, id);
            if (outcome == Discarding.INTERRUPTED) {
                QueueTable.due(handle, id, now);
            } else if (outcome == Discarding.FAILED && !isWanted && failures < settings.failures()) {
                JobTable.failed(handle, id, failures, row.furthest());
                QueueTable.due(
                        handle,
                        id,
                        now.plus(new BackOff(settings.firstBackOff(), settings.longestBackOff()).after(failures)));
            } else {
                JobTable.discarded(handle, id, checkpoint);
                QueueTable.due(handle, id, isWanted ? now : null);
            }
            ResourceSlots.unpark(handle, limits);
            return false;
        });
    }
}

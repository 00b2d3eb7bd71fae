package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state changes of a job: each is one transaction, which changes the job, its due time, and the jobs parked at its
 * remote together. Only the job's row says which gateway runs it. An execution that db-scheduler picks is only a hint:
 * a superfluous hint does nothing, and a lost one is repeated.
 */
final class JobTransitions {
    private static final Logger log = LoggerFactory.getLogger(JobTransitions.class);

    /** Far in the future, for jobs that are woken by another event. */
    private static final Instant NEVER = Instant.parse("9000-01-01T00:00:00Z");

    /** Doubled more often than this, every time is the longest. */
    private static final int MOST_DOUBLINGS = 30;

    private final StateDatabase database;
    private final Clock clock;
    private final JobSettings settings;
    private final ToIntFunction<String> remoteLimits;
    private final Consumer<Job> changed;
    private final ReentrantLock[] orders =
            Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);
    private final String run;

    /**
     * @param remoteLimits maximum number of concurrent jobs of a remote; may query the database
     * @param changed receives each changed job, when the change is durable
     */
    JobTransitions(
            StateDatabase database,
            Clock clock,
            JobSettings settings,
            ToIntFunction<String> remoteLimits,
            Consumer<Job> changed) {
        this.database = database;
        this.clock = clock;
        this.settings = settings;
        this.remoteLimits = remoteLimits;
        this.changed = changed;
        this.run = database.run();
    }

    /** A job whose row is locked until the end of the transaction. */
    private interface Step<T> {
        T take(Handle handle, JobRow row, int remoteLimit);
    }

    private record Taken<T>(T result, Optional<Job> job) {}

    /**
     * Performs a state change; a missing job is ignored.
     *
     * @param isChanged decides by the result whether to report the job
     */
    private <T> Optional<T> step(String id, Predicate<T> isChanged, Step<T> step) {
        Optional<JobRow> found = database.read(handle -> JobTable.find(handle, id));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        String remote = found.get().remote();
        // Outside the transaction, since looking up the limit may query the same database.
        int limit = remote == null ? Integer.MAX_VALUE : limit(remote);
        return inOrder(id, () -> {
            Optional<Taken<T>> taken = database.inTransaction(handle -> {
                JobTable.lockRemote(handle, remote);
                return JobTable.lock(handle, id).map(row -> {
                    T result = step.take(handle, row, limit);
                    return new Taken<>(result, JobTable.find(handle, id).map(JobRow::job));
                });
            });
            taken.filter(t -> isChanged.test(t.result())).flatMap(Taken::job).ifPresent(changed);
            return taken.map(Taken::result);
        });
    }

    /**
     * Excludes other changes and reports of jobs on this gateway meanwhile, so that states are reported in the order in
     * which they became durable. Not to be called within a transaction.
     */
    <T> T inOrder(String id, Supplier<T> work) {
        ReentrantLock lock = orders[Math.floorMod(id.hashCode(), orders.length)];
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    private boolean isChanged(String id, Step<Boolean> step) {
        return step(id, result -> result, step).orElse(false);
    }

    private int limit(String remote) {
        try {
            return Math.max(1, remoteLimits.applyAsInt(remote));
        } catch (RuntimeException e) {
            log.warn("The limit of {} is unknown; running one job at a time", remote, e);
            return 1;
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Keeps a job, unless there is one with its id. */
    Job submit(String id, NewJob wanted) {
        record Submitted(Job job, boolean isNew) {}
        Submitted submitted = inOrder(id, () -> {
            Submitted kept = database.inTransaction(handle -> {
                Instant now = now();
                boolean isNew = JobTable.insert(handle, id, wanted, now);
                Job job = JobTable.find(handle, id).orElseThrow().job();
                if (isNew) {
                    JobTable.schedule(handle, job, now);
                }
                return new Submitted(job, isNew);
            });
            if (kept.isNew()) {
                changed.accept(kept.job());
            }
            return kept;
        });
        if (submitted.isNew()) {
            followBatch(submitted.job());
        }
        return submitted.job();
    }

    /** A batch may be stopped while it still makes parts. */
    private void followBatch(Job part) {
        String batch = part.wanted().batch();
        Optional<JobRow> row = batch == null ? Optional.empty() : database.read(h -> JobTable.find(h, batch));
        row.ifPresent(of -> {
            if (of.state() == JobState.CANCELLED || of.wish() == RunSignal.CANCEL) {
                cancel(part.id());
            } else if (of.state() == JobState.PAUSED || of.wish() == RunSignal.PAUSE) {
                pause(part.id());
            }
        });
    }

    /** A job has been picked. It is then run, or cleaned up, exclusively. */
    Begun begin(String kind, String id) {
        Optional<Begun> begun = step(id, Begun::isChange, this::begin);
        if (begun.isEmpty()) {
            database.inTransaction(handle -> {
                JobTable.unschedule(handle, kind, id);
                return true;
            });
        }
        return begun.orElseGet(Begun.Nothing::new);
    }

    private Begun begin(Handle handle, JobRow row, int limit) {
        Job job = row.job();
        Instant now = now();
        if (row.gateway() != null) {
            // It is running: it was picked before its gateway had postponed it.
            return new Begun.Nothing();
        }
        if (!row.discarding() && (row.state().isEnd() || row.state() == JobState.PAUSED)) {
            JobTable.unschedule(handle, job.wanted().kind(), job.id());
            return new Begun.Nothing();
        }
        Instant next = job.nextAttempt();
        if (next != null && next.isAfter(now) && !row.discarding()) {
            JobTable.schedule(handle, job, next);
            return new Begun.Nothing();
        }
        boolean lookingAgain = row.state() == JobState.RUNNING;
        if (!row.discarding() && !lookingAgain && isPast(job.wanted().deadline(), now)) {
            end(handle, row, JobState.FAILED, deadlineMessage(row), now);
            return new Begun.Over();
        }
        String remote = row.remote();
        if (remote != null && !lookingAgain && !hasTurn(handle, row, remote, limit)) {
            Instant deadline = job.wanted().deadline();
            JobTable.park(handle, job.id(), true);
            JobTable.schedule(handle, job, deadline == null || row.discarding() ? NEVER : deadline);
            unpark(handle, remote, limit, now);
            return new Begun.Nothing();
        }
        JobTable.take(handle, job.id(), run, !lookingAgain);
        if (row.discarding()) {
            return new Begun.Discard(job, row.checkpoint());
        }
        int attempt = row.state() == JobState.QUEUED ? job.attempt() + 1 : job.attempt();
        JobTable.running(handle, job.id(), attempt, now);
        JobTable.beginAttempt(handle, job.id(), attempt, run, now);
        return new Begun.Work(JobTable.find(handle, job.id()).orElseThrow().job(), row.checkpoint());
    }

    private static boolean isPast(@Nullable Instant time, Instant now) {
        return time != null && !now.isBefore(time);
    }

    private static String deadlineMessage(JobRow row) {
        String last = row.job().message();
        String what = row.job().waitingSince() == null
                ? "the deadline has passed"
                : "there was not enough space before the deadline";
        return last.isEmpty() ? what : what + ": " + last;
    }

    /** Whether a remote is below its limit, and none of those that wait for that comes first. */
    private static boolean hasTurn(Handle handle, JobRow row, String remote, int limit) {
        if (JobTable.slots(handle, remote) >= limit) {
            return false;
        }
        List<Job> waiting = JobTable.parked(handle, remote, 1);
        return waiting.isEmpty() || !comesBefore(waiting.getFirst(), row.job());
    }

    private static boolean comesBefore(Job one, Job other) {
        if (one.wanted().priority() != other.wanted().priority()) {
            return one.wanted().priority() > other.wanted().priority();
        }
        return dueSince(one).isBefore(dueSince(other));
    }

    /** Cleaning up an ended job is quick. */
    private static Instant dueSince(Job job) {
        Instant next = job.nextAttempt();
        return next == null ? Instant.EPOCH : next;
    }

    /** Makes as many parked jobs of a remote due as its limit allows. */
    private static void unpark(Handle handle, @Nullable String remote, int limit, Instant now) {
        if (remote == null) {
            return;
        }
        int free = limit - JobTable.slots(handle, remote);
        if (free > 0) {
            for (Job job : JobTable.parked(handle, remote, free)) {
                JobTable.park(handle, job.id(), false);
                JobTable.schedule(handle, job, now);
            }
        }
    }

    /** As {@link #unpark} does when a job ends, for limits that have changed. */
    void unparkAll() {
        for (String remote : database.read(JobTable::remotesWithParked)) {
            int limit = limit(remote);
            database.inTransaction(handle -> {
                JobTable.lockRemote(handle, remote);
                unpark(handle, remote, limit, now());
                return true;
            });
        }
    }

    /**
     * The work on a job has come to an end.
     *
     * @return whether it was still this gateway's
     */
    boolean finish(String id, int attempt, Ending ending) {
        boolean own = isChanged(id, (handle, row, limit) -> {
            if (!run.equals(row.gateway()) || row.job().attempt() != attempt) {
                return false;
            }
            JobTable.leave(handle, id);
            finish(handle, row, ending, now());
            unpark(handle, row.remote(), limit, now());
            return true;
        });
        if (own) {
            // It may have made parts after those that were there were stopped.
            database.read(handle -> JobTable.find(handle, id)).ifPresent(row -> {
                if (row.state() == JobState.CANCELLED) {
                    parts(id, this::cancel);
                } else if (row.state() == JobState.PAUSED) {
                    parts(id, this::pause);
                }
            });
        }
        return own;
    }

    private void finish(Handle handle, JobRow row, Ending ending, Instant now) {
        if (ending instanceof Ending.Returned(JobResult.Done(String message))) {
            end(handle, row, JobState.SUCCEEDED, message, now);
        } else if (row.wish() == RunSignal.CANCEL) {
            end(handle, row, JobState.CANCELLED, "cancelled", now);
        } else if (ending instanceof Ending.Failed failed && !failed.retryable()) {
            end(handle, row, JobState.FAILED, failed.message(), now);
        } else if (row.wish() == RunSignal.PAUSE) {
            pause(handle, row, now);
        } else {
            switch (ending) {
                case Ending.Returned(JobResult.WaitForSpace(String message)) -> waitForSpace(handle, row, message, now);
                case Ending.Returned(JobResult.LookAgain(Duration after)) -> {
                    JobTable.waiting(
                            handle, row.id(), JobState.RUNNING, row.job().message(), now.plus(after));
                    JobTable.schedule(handle, row.job(), now.plus(after));
                }
                case Ending.Returned(JobResult.Done _) -> throw new IllegalStateException("it has ended");
                case Ending.Failed(String message, boolean _) -> retryLater(handle, row, message, now);
                case Ending.Stopped(String message) -> {
                    JobTable.endAttempt(handle, row.id(), row.job().attempt(), message, now);
                    JobTable.waiting(handle, row.id(), JobState.QUEUED, message, now);
                    JobTable.schedule(handle, row.job(), now);
                }
            }
        }
    }

    private void waitForSpace(Handle handle, JobRow row, String message, Instant now) {
        JobTable.unreserve(handle, row.id());
        Instant deadline = row.job().wanted().deadline();
        if (isPast(deadline, now)) {
            end(handle, row, JobState.FAILED, "there was not enough space before the deadline: " + message, now);
            return;
        }
        Instant next = earlier(now.plus(settings.spaceInterval()), deadline);
        JobTable.waitingForSpaceSince(handle, row.id(), now);
        JobTable.waiting(handle, row.id(), JobState.WAITING_FOR_SPACE, message, next);
        JobTable.schedule(handle, row.job(), next);
    }

    private void retryLater(Handle handle, JobRow row, String message, Instant now) {
        Job job = row.job();
        // A job that makes progress each time will arrive, however often it is interrupted.
        int failures = job.bytesDone() > row.furthest() ? 1 : row.failures() + 1;
        Instant deadline = job.wanted().deadline();
        if (isPast(deadline, now)) {
            end(handle, row, JobState.FAILED, "the deadline has passed: " + message, now);
        } else if (failures >= settings.failures()) {
            String times = failures == 1 ? "" : "gave up after " + failures + " failures in a row: ";
            end(handle, row, JobState.FAILED, times + message, now);
        } else {
            Instant next = earlier(now.plus(backOff(failures)), deadline);
            JobTable.failed(handle, job.id(), failures, Math.max(job.bytesDone(), row.furthest()));
            JobTable.endAttempt(handle, job.id(), job.attempt(), message, now);
            JobTable.waiting(handle, job.id(), JobState.QUEUED, message, next);
            JobTable.schedule(handle, job, next);
        }
    }

    /**
     * Doubled each time, with a random part of up to a half, so that jobs that failed together do not retry together.
     */
    private Duration backOff(int failures) {
        long longest = settings.longestBackOff().toMillis();
        long first = settings.firstBackOff().toMillis();
        int doublings = Math.min(failures - 1, MOST_DOUBLINGS);
        long most = first > longest >> doublings ? longest : first << doublings;
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most) + 1);
    }

    private static Instant earlier(Instant time, @Nullable Instant deadline) {
        return deadline != null && deadline.isBefore(time) ? deadline : time;
    }

    private void end(Handle handle, JobRow row, JobState state, String message, Instant now) {
        Job job = row.job();
        boolean discarding = state != JobState.SUCCEEDED && job.attempt() > 0;
        JobTable.ended(handle, job.id(), state, message, now, run, discarding);
        JobTable.endAttempt(handle, job.id(), job.attempt(), message, now);
        JobTable.unreserve(handle, job.id());
        if (discarding) {
            JobTable.schedule(handle, job, now);
        } else {
            JobTable.unschedule(handle, job.wanted().kind(), job.id());
        }
    }

    /** A job's leftovers were removed, or the removal failed and is retried, unless the job itself is retried. */
    void discarded(String id, Discarding outcome) {
        var _ = isChanged(id, (handle, row, limit) -> {
            if (!run.equals(row.gateway())) {
                return false;
            }
            int failures = row.failures() + 1;
            boolean isWanted = row.state() == JobState.QUEUED;
            JobTable.leave(handle, id);
            if (outcome == Discarding.INTERRUPTED) {
                JobTable.schedule(handle, row.job(), now());
            } else if (outcome == Discarding.FAILED && !isWanted && failures < settings.failures()) {
                JobTable.failed(handle, id, failures, row.furthest());
                JobTable.schedule(handle, row.job(), now().plus(backOff(failures)));
            } else {
                JobTable.discarded(handle, id);
                if (isWanted) {
                    JobTable.schedule(handle, row.job(), now());
                } else {
                    JobTable.unschedule(handle, row.job().wanted().kind(), id);
                }
            }
            unpark(handle, row.remote(), limit, now());
            return false;
        });
    }

    /** Makes a picked job due again that is not running. */
    void release(String id) {
        var _ = isChanged(id, (handle, row, limit) -> {
            if (row.gateway() == null) {
                JobTable.schedule(handle, row.job(), now());
            }
            return false;
        });
    }

    boolean cancel(String id) {
        boolean changes = isChanged(id, (handle, row, limit) -> {
            if (row.state().isEnd()) {
                return false;
            }
            if (row.gateway() != null && row.state() == JobState.RUNNING) {
                JobTable.wish(handle, id, RunSignal.CANCEL);
            } else {
                end(handle, row, JobState.CANCELLED, "cancelled", now());
            }
            return true;
        });
        return parts(id, this::cancel) || changes;
    }

    boolean pause(String id) {
        boolean changes = isChanged(id, (handle, row, limit) -> {
            if (row.state().isEnd() || row.state() == JobState.PAUSED || row.wish() != null) {
                return false;
            }
            if (row.gateway() != null && row.state() == JobState.RUNNING) {
                JobTable.wish(handle, id, RunSignal.PAUSE);
            } else {
                pause(handle, row, now());
            }
            return true;
        });
        return parts(id, this::pause) || changes;
    }

    private static void pause(Handle handle, JobRow row, Instant now) {
        Job job = row.job();
        JobTable.paused(handle, job.id());
        JobTable.endAttempt(handle, job.id(), job.attempt(), "paused", now);
        JobTable.unreserve(handle, job.id());
        if (!row.discarding()) {
            JobTable.unschedule(handle, job.wanted().kind(), job.id());
        }
    }

    boolean resume(String id) {
        boolean changes = isChanged(id, (handle, row, limit) -> {
            if (row.wish() == RunSignal.PAUSE) {
                JobTable.wish(handle, id, null);
                return true;
            }
            if (row.state() != JobState.PAUSED) {
                return false;
            }
            JobTable.waiting(handle, id, JobState.QUEUED, "", now());
            if (row.gateway() == null) {
                JobTable.schedule(handle, row.job(), now());
            }
            return true;
        });
        if (changes) {
            database.read(handle -> JobTable.parts(handle, id, Set.of(JobState.PAUSED, JobState.RUNNING)))
                    .forEach(this::resume);
        }
        return changes;
    }

    boolean retry(String id) {
        // Before the batch itself, which would find them where they were.
        boolean isPaused = database.read(handle -> JobTable.find(handle, id))
                .filter(row -> row.state() == JobState.PAUSED)
                .isPresent();
        boolean changes = false;
        if (!isPaused) {
            for (String part :
                    database.read(handle -> JobTable.parts(handle, id, Set.of(JobState.FAILED, JobState.CANCELLED)))) {
                changes |= retry(part);
            }
        }
        return isChanged(id, (handle, row, limit) -> {
                    boolean again = row.state() == JobState.FAILED || row.state() == JobState.CANCELLED;
                    boolean waits = row.state() == JobState.WAITING_FOR_SPACE
                            || (row.state() == JobState.QUEUED && row.job().attempt() > 0);
                    if (again) {
                        JobTable.begunAgain(handle, id, now());
                    } else if (waits) {
                        JobTable.waiting(handle, id, row.state(), row.job().message(), now());
                        JobTable.park(handle, id, false);
                    } else {
                        return false;
                    }
                    if (row.gateway() == null) {
                        JobTable.schedule(handle, row.job(), now());
                    }
                    return true;
                })
                || changes;
    }

    /** Does something with the parts of a batch that have not ended. */
    private boolean parts(String id, Predicate<String> change) {
        boolean changes = false;
        for (String part : database.read(handle -> JobTable.partsNotEnded(handle, id))) {
            changes |= change.test(part);
        }
        return changes;
    }

    boolean save(String id, int attempt, String checkpoint) {
        return database.inTransaction(handle -> JobTable.save(handle, id, run, attempt, checkpoint));
    }

    /**
     * Reserves space for a job.
     *
     * @return empty if the job no longer belongs to this gateway
     */
    Optional<Boolean> reserve(String id, int attempt, String place, long bytes, long available, long doneBefore) {
        Optional<Optional<Boolean>> result = step(id, _ -> true, (handle, row, limit) -> {
            if (!run.equals(row.gateway()) || row.job().attempt() != attempt) {
                return Optional.empty();
            }
            String remote = row.remote() == null ? "" : row.remote();
            if (bytes > available - JobTable.reserved(handle, remote, place, id)) {
                JobTable.unreserve(handle, id);
                return Optional.of(false);
            }
            JobTable.reserve(handle, id, remote, place, bytes, doneBefore);
            return Optional.of(true);
        });
        return result.flatMap(own -> own);
    }

    /** See {@link JobRun#isInTheWay}. */
    boolean isInTheWay(String id) {
        return database.read(handle -> JobTable.isInTheWay(handle, id));
    }

    /** Takes over the jobs of gateways that are gone. */
    void recover(Collection<String> gone) {
        List<String> ids = database.read(handle -> JobTable.atWork(handle, gone));
        for (String id : ids) {
            var _ = isChanged(id, (handle, row, limit) -> {
                if (row.gateway() == null || !gone.contains(row.gateway())) {
                    return false;
                }
                recover(handle, row, limit);
                return true;
            });
        }
        database.inTransaction(handle -> {
            JobTable.unpick(handle, gone);
            JobTable.takeOverUntold(handle, gone, run);
            return true;
        });
    }

    /** Takes back a job that is this gateway's by its row, but not at its hands. */
    void recoverOwn(String id) {
        var _ = isChanged(id, (handle, row, limit) -> {
            if (!run.equals(row.gateway())) {
                return false;
            }
            recover(handle, row, limit);
            return true;
        });
    }

    private void recover(Handle handle, JobRow row, int limit) {
        Job job = row.job();
        Instant now = now();
        JobTable.leave(handle, job.id());
        if (row.state() != JobState.RUNNING) {
            JobTable.schedule(handle, job, now);
        } else if (row.wish() == RunSignal.CANCEL) {
            end(handle, row, JobState.CANCELLED, "cancelled", now);
        } else if (row.wish() == RunSignal.PAUSE) {
            pause(handle, row, now);
        } else {
            // It may be the job that kills its gateway.
            int failures = job.bytesDone() > row.furthest() ? 1 : row.failures() + 1;
            String message = "the gateway that ran it has stopped";
            if (failures >= settings.failures()) {
                end(handle, row, JobState.FAILED, message, now);
            } else {
                JobTable.failed(handle, job.id(), failures, Math.max(job.bytesDone(), row.furthest()));
                JobTable.waiting(handle, job.id(), JobState.QUEUED, message, now);
                JobTable.schedule(handle, job, now);
            }
        }
        unpark(handle, row.remote(), limit, now);
    }

    /** Makes jobs due that have no execution. */
    void rescheduleForgotten() {
        int some = 1000;
        int rescheduled = some;
        while (rescheduled == some) {
            rescheduled = database.inTransaction(handle -> {
                List<Job> jobs = JobTable.forgotten(handle, some);
                jobs.forEach(job -> JobTable.schedule(handle, job, now()));
                return jobs.size();
            });
        }
    }

    /** Removes jobs from the history that ended long ago, or are too many. */
    void forgetOld() {
        Instant oldest = now().minus(settings.history());
        Optional<Instant> beyond =
                database.read(handle -> JobTable.endOfTheFirstBeyond(handle, settings.historyJobs()));
        List<Instant> limits = new ArrayList<>(List.of(oldest));
        beyond.ifPresent(end -> limits.add(end.plusMillis(1)));
        Instant before = limits.stream().max(Instant::compareTo).orElseThrow();
        int some = 500;
        int removed = some;
        while (removed == some) {
            removed = database.inTransaction(handle -> JobTable.removeEndedBefore(handle, before, some));
        }
    }
}

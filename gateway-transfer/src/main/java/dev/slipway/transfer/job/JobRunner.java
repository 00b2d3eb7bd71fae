package dev.slipway.transfer.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.state.StateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a thread does with a job that was claimed, from its start until its outcome is durable. */
final class JobRunner {
    private static final Logger log = LoggerFactory.getLogger(JobRunner.class);

    /** How long a job may take to remove its leftovers. */
    private static final Duration DISCARDING = Duration.ofMinutes(2);

    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Map<String, JobKind> kinds;
    private final JobStarts starts;
    private final JobEnds ends;
    private final JobRequests requests;
    private final ActiveRuns active;
    private final EndReports reports;
    private final ScheduledExecutorService timer;
    private final BooleanSupplier isDraining;
    private final Object closing = new Object();

    @GuardedBy("closing")
    private boolean closed;

    /** @param isDraining whether jobs are not to be started any more */
    JobRunner(
            Map<String, JobKind> kinds,
            JobStarts starts,
            JobEnds ends,
            JobRequests requests,
            ActiveRuns active,
            EndReports reports,
            ScheduledExecutorService timer,
            BooleanSupplier isDraining) {
        this.kinds = kinds;
        this.starts = starts;
        this.ends = ends;
        this.requests = requests;
        this.active = active;
        this.reports = reports;
        this.timer = timer;
        this.isDraining = isDraining;
    }

    /** Does what there is to do with a job that this gateway has claimed, or may have claimed. */
    void run(String id) {
        if (isDraining.getAsBoolean()) {
            untilDone("release job " + id, () -> starts.release(id));
            return;
        }
        List<Begun> begun = new ArrayList<>();
        untilDone("begin job " + id, () -> begun.add(starts.begin(id)));
        if (begun.isEmpty()) {
            return;
        }
        switch (begun.getFirst()) {
            case Begun.Nothing() -> {}
            case Begun.Over() -> reports.reportSoon();
            case Begun.Work(Job job, String checkpoint) -> work(job, checkpoint);
            case Begun.Discard(Job job, String checkpoint) -> discard(job, checkpoint);
        }
    }

    private void work(Job job, String checkpoint) {
        ActiveRun run = activate(job, checkpoint);
        Ending ending = ending(run);
        // For the next job.
        var _ = Thread.interrupted();
        run.ending();
        untilDone("record the outcome of job " + job.id(), () -> {
            active.write(List.of(run));
            if (!ends.finish(job.id(), job.attempt(), ending)) {
                log.warn("Job {} was taken over by another gateway; its outcome here is discarded", job.id());
            }
        });
        untilDone("stop the parts of job " + job.id(), () -> requests.stopPartsWith(job.id()));
        active.end(run);
        reports.reportSoon();
    }

    private Ending ending(ActiveRun run) {
        String id = run.job().id();
        Ending failure;
        try {
            return new Ending.Returned(kind(run.job()).run(run));
        } catch (JobException e) {
            log.debug("Job {} failed", id, e);
            failure = new Ending.Failed(e.getMessage() == null ? "it failed" : e.getMessage(), e.isRetryable());
        } catch (JobStoppedException e) {
            failure = new Ending.Failed("the work was stopped", true);
        } catch (RuntimeException | Error e) {
            log.error("Job {} failed because of an internal error", id, e);
            failure = new Ending.Failed("internal error in the gateway: " + e, true);
        }
        // What failed after it was stopped failed because of that.
        Optional<String> stopped = run.stopMessage();
        return stopped.isPresent() ? new Ending.Stopped(stopped.get()) : failure;
    }

    private JobKind kind(Job job) {
        JobKind kind = kinds.get(job.wanted().kind());
        if (kind == null) {
            throw new IllegalStateException("no kind of job " + job.wanted().kind());
        }
        return kind;
    }

    private void discard(Job job, String checkpoint) {
        ActiveRun run = activate(job, checkpoint);
        var limit =
                timer.schedule(() -> run.stop(ActiveRun.Stop.TIME_OVER), DISCARDING.toMillis(), TimeUnit.MILLISECONDS);
        Discarding result = discard(run);
        limit.cancel(false);
        run.ending();
        var _ = Thread.interrupted();
        boolean isInterrupted = run.stopped()
                .filter(reason -> reason != ActiveRun.Stop.TIME_OVER)
                .isPresent();
        Discarding outcome = result != Discarding.DONE && isInterrupted ? Discarding.INTERRUPTED : result;
        String retry = checkpointOfRetry(job, checkpoint);
        untilDone("record the cleanup of job " + job.id(), () -> ends.discarded(job.id(), outcome, retry));
        active.end(run);
    }

    private String checkpointOfRetry(Job job, String checkpoint) {
        try {
            return kind(job).checkpointOfRetry(checkpoint);
        } catch (RuntimeException e) {
            log.debug("A retry of job {} begins anew", job.id(), e);
            return "";
        }
    }

    private Discarding discard(ActiveRun run) {
        try {
            kind(run.job()).discard(run);
            return Discarding.DONE;
        } catch (JobException | JobStoppedException | RuntimeException | Error e) {
            log.warn(
                    "Leftovers of job {} on {} could not be removed: {}",
                    run.job().id(),
                    run.job().wanted().destination(),
                    e.getMessage());
            log.debug("It failed", e);
            boolean isRetryable =
                    e instanceof JobException failure ? failure.isRetryable() : e instanceof JobStoppedException;
            return isRetryable ? Discarding.FAILED : Discarding.GIVEN_UP;
        }
    }

    private ActiveRun activate(Job job, String checkpoint) {
        ActiveRun run = active.begin(job, checkpoint);
        if (isDraining.getAsBoolean()) {
            // It may have been missed when all were stopped.
            run.stop(ActiveRun.Stop.SHUTDOWN);
        }
        return run;
    }

    /** Repeats a database action until the database is reachable, or the gateway has stopped. */
    private void untilDone(String what, Runnable action) {
        while (true) {
            synchronized (closing) {
                if (closed) {
                    return;
                }
            }
            try {
                action.run();
                return;
            } catch (StateException e) {
                log.warn("Cannot {}; retrying: {}", what, e.getMessage());
            }
            synchronized (closing) {
                try {
                    if (!closed) {
                        closing.wait(TRY_AGAIN.toMillis());
                    }
                } catch (InterruptedException e) {
                    // The gateway stops; the next run continues.
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Repeats nothing any more. */
    void close() {
        synchronized (closing) {
            closed = true;
            closing.notifyAll();
        }
    }
}

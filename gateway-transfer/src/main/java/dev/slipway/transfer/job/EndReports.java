package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports ended jobs to listeners, at least once each, on a thread of its own. */
final class EndReports {
    private static final Logger log = LoggerFactory.getLogger(EndReports.class);

    private static final int AT_ONCE = 100;

    private final StateDatabase database;
    private final Runnable reported;
    private final List<Consumer<Job>> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("job-outcomes").daemon().factory());
    private final AtomicBoolean isScheduled = new AtomicBoolean();

    /** Jobs whose listeners have failed, until {@link #retryFailed}. */
    private final Set<String> failed = ConcurrentHashMap.newKeySet();

    private volatile boolean started;
    private volatile boolean closed;

    /** @param reported is called after each job that was reported: its row is no longer locked */
    EndReports(StateDatabase database, Runnable reported) {
        this.database = database;
        this.reported = reported;
    }

    void add(Consumer<Job> listener) {
        listeners.add(listener);
    }

    /** Reports nothing before. */
    void start() {
        started = true;
    }

    /** Reports what is not reported yet, soon. */
    void reportSoon() {
        if (!started || !isScheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            thread.execute(this::report);
        } catch (RejectedExecutionException e) {
            log.debug("The next gateway reports the jobs that have ended", e);
        }
    }

    /** Has listeners that have failed try again. */
    void retryFailed() {
        failed.clear();
    }

    private void report() {
        // From now on, callers may have seen another job end.
        isScheduled.set(false);
        try {
            List<Job> jobs = database.read(handle -> JobHistory.unreported(handle, database.run(), AT_ONCE));
            for (Job job : jobs) {
                if (closed) {
                    return;
                }
                if (!failed.contains(job.id())) {
                    report(job);
                }
            }
            if (jobs.size() == AT_ONCE && failed.isEmpty()) {
                reportSoon();
            }
        } catch (StateException e) {
            log.warn("Ended jobs are reported later: {}", e.getMessage());
        }
    }

    private void report(Job job) {
        Instant ended = job.ended();
        if (ended == null) {
            return;
        }
        try {
            listeners.forEach(listener -> listener.accept(job));
        } catch (RuntimeException e) {
            log.error("The end of job {} could not be reported; retrying", job.id(), e);
            failed.add(job.id());
            return;
        }
        database.inTransaction(handle -> {
            JobHistory.reported(handle, job.id(), ended);
            return true;
        });
        reported.run();
    }

    /** Reports no further job. */
    void stop() {
        closed = true;
    }

    /** Waits for the report that is being made, and for some seconds at most. */
    void close(long seconds) {
        stop();
        thread.shutdown();
        try {
            if (!thread.awaitTermination(seconds, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}

package dev.slipway.transfer.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.state.StateDatabase;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of a gateway, stored in its state database, and run after {@link #start}. Gateways that share a database share
 * the jobs: each job is run by one of them at a time, and jobs of a gateway that is gone are taken over.
 *
 * <p>The table of jobs is the queue. The {@link Dispatcher} claims due rows and gives each to a thread, which the
 * {@link JobRunner} then leads; waiting jobs have none. The {@link Supervisor} does what is done every second.
 */
@SuppressWarnings("exports") // only Slipway itself calls it
public final class JobEngine implements Jobs, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JobEngine.class);

    /** How long stopped jobs may take to end. */
    private static final Duration STOPPING = Duration.ofSeconds(10);

    private static final int HIGHEST_PRIORITY = 100;
    private static final int LONGEST_ID = 200;
    private static final int BACKGROUND_THREADS = 3;

    private final StateDatabase database;
    private final Map<String, JobKind> kinds = new ConcurrentHashMap<>();
    private final List<Consumer<Job>> subscribers = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService background = Executors.newScheduledThreadPool(
            BACKGROUND_THREADS, Thread.ofPlatform().name("jobs-", 0).daemon().factory());
    private final JobTransactions transactions;
    private final JobRequests requests;
    private final ActiveRuns active;
    private final EndReports reports;
    private final JobRunner runner;
    private final Dispatcher dispatcher;
    private final Supervisor supervisor;

    @GuardedBy("this")
    private boolean started;

    private volatile boolean closed;

    /**
     * Runs nothing before {@link #start}.
     *
     * @param limits how many jobs may use a resource at once
     */
    public JobEngine(StateDatabase database, Clock clock, JobSettings settings, ResourceLimits limits) {
        this.database = database;
        this.transactions = new JobTransactions(database, clock, limits, this::changed);
        JobEnds ends = new JobEnds(transactions, settings);
        JobStarts starts = new JobStarts(transactions, ends);
        Takeover takeover = new Takeover(transactions, ends);
        this.requests = new JobRequests(transactions, ends);
        // Leftovers of the job may be due to be removed, and the dispatcher passes over rows that are locked.
        this.reports = new EndReports(database, () -> dispatcher().wake());
        this.active = new ActiveRuns(database, new RunRecords(database), background, this::progressed);
        this.runner = new JobRunner(
                kinds,
                starts,
                ends,
                requests,
                active,
                reports,
                background,
                () -> dispatcher().isDraining());
        this.dispatcher = new Dispatcher(database, clock, settings, takeover, kinds.keySet(), runner::run);
        this.supervisor =
                new Supervisor(database, clock, settings, active, starts, takeover, reports, dispatcher::wake);
    }

    private Dispatcher dispatcher() {
        return dispatcher;
    }

    /** Registers a job kind, before {@link #start}. */
    public void register(JobKind kind) {
        if (kinds.putIfAbsent(kind.name(), kind) != null) {
            throw new IllegalArgumentException("a job kind is registered already: " + kind.name());
        }
    }

    /**
     * Adds a listener for ended jobs, before {@link #start}. Called at least once for each job: again if the gateway
     * was killed just then, or the listener failed, also for jobs of gateways that were killed. Not called for a job
     * that was restarted at once.
     *
     * @param listener called on its own thread, one job after the other; may block
     */
    public void onEnd(Consumer<Job> listener) {
        reports.add(listener);
    }

    /** Starts running jobs, first those that were running when the gateway stopped. Blocks for the database. */
    public synchronized void start() {
        if (started || closed) {
            throw new IllegalStateException("started already");
        }
        supervisor.begin();
        started = true;
        reports.start();
        dispatcher.start();
        supervisor.start(background);
    }

    // ------------------------------------------------------------------------------------------------ changes

    /** A change of a job is durable. */
    private void changed(Job job) {
        publish(job);
        if (job.state().isEnd()) {
            reports.reportSoon();
        }
        if (job.state() != JobState.RUNNING) {
            dispatcher.wake();
        }
    }

    private void publish(Job job) {
        for (Consumer<Job> subscriber : subscribers) {
            try {
                subscriber.accept(job);
            } catch (RuntimeException e) {
                log.warn("A subscriber of the jobs failed", e);
            }
        }
    }

    /** Whatever has ended a job meanwhile has reported that itself. */
    private void progressed(String id) {
        if (!subscribers.isEmpty()) {
            transactions.inOrder(id, () -> {
                Optional<Job> job = find(id).filter(now -> !now.state().isEnd());
                job.ifPresent(this::publish);
                return job;
            });
        }
    }

    // ------------------------------------------------------------------------------------------------ requests

    @Override
    public Job submit(NewJob job) {
        return requests.submit(checkedId(job), job);
    }

    /**
     * Submits a job within a transaction on this engine's database: it runs if and when the transaction is committed, and
     * never if that is rolled back. A gateway whose engine this is begins it at once; otherwise it is found within
     * {@link JobSettings#polling}.
     *
     * @param transaction which must be open; commits without the handle, in SQL, only delay the job
     * @param job not a part of a batch
     * @return the job's id; if a job has it already, that one stays as it is
     */
    public String submit(Handle transaction, NewJob job) {
        if (job.batch() != null) {
            throw new IllegalArgumentException("parts of a batch are submitted without a transaction: " + job.id());
        }
        if (!transaction.isInTransaction()) {
            throw new IllegalStateException("no transaction is open");
        }
        String id = checkedId(job);
        if (requests.submit(transaction, id, job)) {
            transaction.afterCommit(() -> submitted(id));
        }
        return id;
    }

    /** A job as the transaction sees it. */
    public Optional<Job> find(Handle transaction, String id) {
        return JobTable.find(transaction, id).map(JobRow::job);
    }

    /** Called by a thread that the database needs for other things. */
    private void submitted(String id) {
        dispatcher.wake();
        try {
            background.execute(() -> {
                try {
                    progressed(id);
                } catch (RuntimeException e) {
                    log.debug("Job {} is reported when it changes", id, e);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("The gateway stops; the next one runs job {}", id, e);
        }
    }

    private String checkedId(NewJob job) {
        if (!kinds.containsKey(job.kind())) {
            throw new IllegalArgumentException("unknown job kind " + job.kind());
        }
        if (job.priority() < -HIGHEST_PRIORITY || job.priority() > HIGHEST_PRIORITY) {
            throw new IllegalArgumentException("the priority is not -100 to 100: " + job.priority());
        }
        String id = job.id() == null ? UUID.randomUUID().toString() : job.id();
        if (id.isEmpty() || id.length() > LONGEST_ID) {
            throw new IllegalArgumentException("a job id must have 1 to " + LONGEST_ID + " characters");
        }
        return id;
    }

    /**
     * Removes a job from the history within a transaction, before its time. Does nothing if it has not ended, or something is
     * still to be done for it, such as reporting its end: then it goes with the others.
     */
    public void forget(Handle transaction, String id) {
        JobHistory.remove(transaction, id);
    }

    @Override
    public List<Job> list(JobFilter filter) {
        return database.read(handle -> JobHistory.list(handle, filter));
    }

    @Override
    public Map<JobState, Long> counts() {
        return database.read(JobHistory::counts);
    }

    @Override
    public Optional<Job> find(String id) {
        return transactions.find(id).map(JobRow::job);
    }

    @Override
    public List<Job> beginningWith(String begin, int limit) {
        return database.read(handle -> JobHistory.beginningWith(handle, begin, limit));
    }

    @Override
    public BatchProgress progress(String batch) {
        return database.read(handle -> JobHistory.progress(handle, batch));
    }

    @Override
    public List<Attempt> attempts(String id) {
        return database.read(handle -> AttemptTable.list(handle, id));
    }

    @Override
    public boolean cancel(String id) {
        return signalled(requests.cancel(id));
    }

    @Override
    public boolean pause(String id) {
        return signalled(requests.pause(id));
    }

    /** Has running jobs learn of a request now instead of within a second. */
    private boolean signalled(boolean isChanged) {
        if (isChanged) {
            active.lookForSignalsSoon();
        }
        return isChanged;
    }

    @Override
    public boolean resume(String id) {
        return requests.resume(id);
    }

    @Override
    public boolean retry(String id) {
        return requests.retry(id);
    }

    @Override
    public AutoCloseable subscribe(Consumer<Job> subscriber) {
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }

    // ------------------------------------------------------------------------------------------------ the end

    /**
     * Starts no more jobs, and lets running ones end; stops them after the time. Their progress is kept: they are
     * queued, and the next gateway continues them. Blocks until they have ended, at most for the time and ten seconds.
     * Waiting jobs do not matter.
     *
     * @param time how long jobs may continue
     */
    public void drain(Duration time) {
        dispatcher.drain();
        if (dispatcher.isIdleWithin(time)) {
            return;
        }
        active.stopAll(ActiveRun.Stop.SHUTDOWN);
        if (!dispatcher.isIdleWithin(STOPPING)) {
            log.warn("Jobs did not end in time: {}", dispatcher.inHand());
        }
    }

    /**
     * Stops at once, unless {@link #drain} was called before: running jobs are stopped. To be called before closing the
     * database.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        drain(Duration.ZERO);
        closed = true;
        reports.stop();
        runner.close();
        dispatcher.close();
        background.shutdown();
        try {
            if (!background.awaitTermination(STOPPING.toSeconds(), TimeUnit.SECONDS)) {
                background.shutdownNow();
            }
        } catch (InterruptedException e) {
            background.shutdownNow();
            Thread.currentThread().interrupt();
        }
        reports.close(STOPPING.toSeconds());
    }
}

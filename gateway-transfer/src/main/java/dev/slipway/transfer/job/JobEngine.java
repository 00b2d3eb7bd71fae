package dev.slipway.transfer.job;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of a gateway, stored in its state database, and run after {@link #start}. Gateways that share a database
 * share the jobs: each job is run by one of them at a time, and jobs of a gateway that is gone are taken over.
 *
 * <p>db-scheduler finds due jobs, and gives each to one gateway. {@link JobTransitions} changes their states. There is
 * a thread for each running job; waiting jobs have none.
 */
public final class JobEngine implements Jobs, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JobEngine.class);

    /** For rows picked by a live gateway that then lost its connection to the database and forgot them. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    private static final int HEARTBEATS_MISSED = 4;

    /** How long stopped jobs may take to end. */
    private static final Duration STOPPING = Duration.ofSeconds(10);

    /** How long a job may take to remove its leftovers. */
    private static final Duration DISCARDING = Duration.ofMinutes(2);

    /** How long a gateway keeps running jobs without the database: a server takes it for dead after half a minute. */
    private static final Duration OUT_OF_REACH = Duration.ofSeconds(20);

    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    /** For what is not urgent. */
    private static final int LOOKS_BETWEEN = 10;

    private static final Duration TIDYING = Duration.ofHours(1);
    private static final int TOLD_AT_ONCE = 100;
    private static final int HIGHEST_PRIORITY = 100;
    private static final int LONGEST_ID = 200;

    private final StateDatabase database;
    private final Clock clock;
    private final JobSettings settings;
    private final JobTransitions transitions;
    private final Map<String, JobKind> kinds = new ConcurrentHashMap<>();
    private final List<Consumer<Job>> subscribers = new CopyOnWriteArrayList<>();
    private final List<Consumer<Job>> endListeners = new CopyOnWriteArrayList<>();

    /** The jobs that this gateway is running, by id. */
    private final Map<String, ActiveRun> active = new ConcurrentHashMap<>();

    /** The jobs held by a thread, from before their row says so until after it no longer does. */
    private final Set<String> inHand = ConcurrentHashMap.newKeySet();

    /**
     * Those of them that were picked again meanwhile, because they were postponed and became due before the thread had
     * finished.
     */
    private final Set<String> pickedAgain = new HashSet<>();

    private final Object handsChanged = new Object();
    private final ScheduledExecutorService watch = Executors.newScheduledThreadPool(
            3, Thread.ofPlatform().name("jobs-", 0).daemon().factory());
    private final ExecutorService teller = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("job-outcomes").daemon().factory());
    private final AtomicBoolean telling = new AtomicBoolean();

    /** Jobs whose end is yet to be reported. */
    private final Set<String> unheard = ConcurrentHashMap.newKeySet();

    private final Object writing = new Object();
    private volatile boolean draining;
    private volatile boolean closed;
    private @Nullable Scheduler scheduler;

    /** Jobs that belong to this gateway by their rows, but had no thread at the last check. */
    private Set<String> astray = Set.of();

    private int looks;
    private volatile long reached = System.nanoTime();
    private final AtomicBoolean outOfReach = new AtomicBoolean();
    private Instant tidied = Instant.MIN;

    /**
     * Runs nothing before {@link #start}.
     *
     * @param remoteLimits maximum number of concurrent jobs on all gateways for a remote, by name; at least 1. May
     *     block, and may use the same database
     */
    public JobEngine(StateDatabase database, Clock clock, JobSettings settings, ToIntFunction<String> remoteLimits) {
        this.database = database;
        this.clock = clock;
        this.settings = settings;
        this.transitions = new JobTransitions(database, clock, settings, remoteLimits, this::changed);
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
        endListeners.add(listener);
    }

    /** Starts running jobs, first those that were running when the gateway stopped. Blocks for the database. */
    public synchronized void start() {
        if (scheduler != null || closed) {
            throw new IllegalStateException("started already");
        }
        takeOverWhatIsLeft();
        tidy();
        Scheduler built = scheduler();
        scheduler = built;
        built.start();
        long polling = settings.polling().toMillis();
        reached = System.nanoTime();
        var _ = watch.scheduleWithFixedDelay(() -> look(this::lookAfterOwn), 0, polling, TimeUnit.MILLISECONDS);
        var _ = watch.scheduleWithFixedDelay(() -> look(this::lookAfterOthers), 0, polling, TimeUnit.MILLISECONDS);
        if (database.isShared()) {
            var _ = watch.scheduleWithFixedDelay(this::stopWhenOutOfReach, 1, 1, TimeUnit.SECONDS);
        }
    }

    private Scheduler scheduler() {
        List<Task<?>> tasks = new ArrayList<>();
        for (String kind : kinds.keySet()) {
            tasks.add(Tasks.custom(kind, Void.class)
                    // All that is to be done with the row is done together with the job's own.
                    .onFailure((complete, operations) -> {})
                    .onDeadExecution((complete, operations) -> forgotten(complete.getExecution()))
                    .execute((task, context) -> {
                        handle(kind, task.getId());
                        return (complete, operations) -> {};
                    }));
        }
        JdbcCustomization customization =
                database.isShared() ? new PostgreSqlJdbcCustomization(false, false) : new SqliteTasks();
        SchedulerBuilder builder = Scheduler.create(database.dataSource(), tasks)
                .clock(clock::instant)
                .schedulerName(new SchedulerName.Fixed(database.run()))
                .jdbcCustomization(customization)
                .threads(settings.running())
                .executorService(Executors.newFixedThreadPool(
                        settings.running(),
                        Thread.ofPlatform().name("job-", 0).daemon().factory()))
                .dueExecutor(Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("jobs-due").daemon().factory()))
                .housekeeperExecutor(Executors.newScheduledThreadPool(
                        2, Thread.ofPlatform().name("jobs-alive-", 0).daemon().factory()))
                // Never more than there are threads for: what is picked begins at once, in the order of priorities.
                .pollUsingLockAndFetch(0.99, 1.0)
                .enablePriority()
                .pollingInterval(settings.polling())
                .heartbeatInterval(HEARTBEAT)
                .missedHeartbeatsLimit(HEARTBEATS_MISSED)
                // Kinds that only another version of the gateway knows.
                .deleteUnresolvedAfter(Duration.ofDays(365_000))
                .failureLogging(LogLevel.WARN, true)
                .shutdownMaxWait(Duration.ofSeconds(1));
        return builder.build();
    }

    // ------------------------------------------------------------------------------------------------ running jobs

    /** A job was picked. */
    private void handle(String kind, String id) {
        inHand(id, () -> {
            if (draining) {
                untilDone("release job " + id, () -> transitions.release(id));
            } else {
                begin(kind, id);
            }
        });
        trigger();
    }

    /** Runs an action on a job exclusively within this gateway; a concurrent one is repeated afterwards. */
    private void inHand(String id, Runnable work) {
        synchronized (handsChanged) {
            if (!inHand.add(id)) {
                pickedAgain.add(id);
                return;
            }
        }
        try {
            work.run();
        } finally {
            boolean again;
            synchronized (handsChanged) {
                inHand.remove(id);
                again = pickedAgain.remove(id);
                handsChanged.notifyAll();
            }
            if (again) {
                untilDone("release job " + id, () -> transitions.release(id));
            }
        }
    }

    private void begin(String kind, String id) {
        List<Begun> begun = new ArrayList<>();
        untilDone("begin job " + id, () -> begun.add(transitions.begin(kind, id)));
        if (begun.isEmpty()) {
            return;
        }
        switch (begun.getFirst()) {
            case Begun.Nothing() -> {}
            case Begun.Over() -> tellSoon();
            case Begun.Work(Job job, String checkpoint) -> work(job, checkpoint);
            case Begun.Discard(Job job, String checkpoint) -> discard(job, checkpoint);
        }
    }

    private void work(Job job, String checkpoint) {
        ActiveRun run = new ActiveRun(job, checkpoint, transitions, this::writeSoon);
        activate(run);
        Ending ending;
        try {
            ending = new Ending.Returned(kind(job).run(run));
        } catch (JobException e) {
            log.debug("Job {} failed", job.id(), e);
            ending = new Ending.Failed(message(e), e.isRetryable());
        } catch (JobStoppedException e) {
            ending = new Ending.Failed("the work was stopped", true);
        } catch (RuntimeException | Error e) {
            log.error("Job {} failed because of an internal error", job.id(), e);
            ending = new Ending.Failed("internal error in the gateway: " + e, true);
        }
        // For the next job.
        var _ = Thread.interrupted();
        boolean isOver = ending instanceof Ending.Returned(JobResult.Done _);
        Optional<String> stopped = run.stopMessage();
        if (stopped.isPresent() && !isOver && !(ending instanceof Ending.Returned)) {
            // What failed then failed because of that.
            ending = new Ending.Stopped(stopped.get());
        }
        Ending outcome = ending;
        run.ending();
        untilDone("record the outcome of job " + job.id(), () -> {
            write(List.of(run));
            if (!transitions.finish(job.id(), job.attempt(), outcome)) {
                log.warn("Job {} was taken over by another gateway; its outcome here is discarded", job.id());
            }
        });
        active.remove(job.id());
        tellSoon();
    }

    private static String message(JobException e) {
        return e.getMessage() == null ? "it failed" : e.getMessage();
    }

    private JobKind kind(Job job) {
        JobKind kind = kinds.get(job.wanted().kind());
        if (kind == null) {
            throw new IllegalStateException("no kind of job " + job.wanted().kind());
        }
        return kind;
    }

    private void discard(Job job, String checkpoint) {
        ActiveRun run = new ActiveRun(job, checkpoint, transitions, _ -> {});
        activate(run);
        var limit =
                watch.schedule(() -> run.stop(ActiveRun.Stop.TIME_OVER), DISCARDING.toMillis(), TimeUnit.MILLISECONDS);
        Discarding came = Discarding.DONE;
        try {
            kind(job).discard(run);
        } catch (JobException | JobStoppedException | RuntimeException | Error e) {
            boolean retryable =
                    e instanceof JobException failure ? failure.isRetryable() : e instanceof JobStoppedException;
            came = retryable ? Discarding.FAILED : Discarding.GIVEN_UP;
            log.warn(
                    "Leftovers of job {} on {} could not be removed: {}",
                    job.id(),
                    job.wanted().destination(),
                    e.getMessage());
            log.debug("It failed", e);
        } finally {
            limit.cancel(false);
            run.ending();
            var _ = Thread.interrupted();
            boolean interrupted = run.stopped()
                    .filter(reason -> reason != ActiveRun.Stop.TIME_OVER)
                    .isPresent();
            Discarding outcome = came != Discarding.DONE && interrupted ? Discarding.INTERRUPTED : came;
            untilDone(
                    "record the cleanup of job " + job.id() + " was cleaned up after",
                    () -> transitions.discarded(job.id(), outcome));
            active.remove(job.id());
        }
    }

    private void activate(ActiveRun run) {
        active.put(run.job().id(), run);
        if (draining) {
            // It may have been missed when all were stopped.
            run.stop(ActiveRun.Stop.SHUTDOWN);
        }
    }

    /** Repeats a database action until the database is reachable. */
    private void untilDone(String what, Runnable work) {
        while (!closed) {
            try {
                work.run();
                return;
            } catch (StateException e) {
                log.warn("Cannot {}; retrying: {}", what, e.getMessage());
            }
            synchronized (handsChanged) {
                try {
                    handsChanged.wait(TRY_AGAIN.toMillis());
                } catch (InterruptedException e) {
                    // The gateway stops, as the loop will notice; the next run continues.
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ supervision

    /** The tasks of every second, repeated when they fail. */
    private void look(Runnable work) {
        try {
            work.run();
        } catch (StateException e) {
            if (outOfReach.compareAndSet(false, true)) {
                log.warn("Jobs cannot be supervised: {}", e.getMessage());
            }
        } catch (RuntimeException e) {
            log.error("Supervising the jobs failed; retrying", e);
        }
    }

    private void lookAfterOwn() {
        write(active.values());
        lookForWishes();
        reached = System.nanoTime();
        if (outOfReach.compareAndSet(true, false)) {
            log.warn("Jobs are supervised again");
        }
    }

    /** What may take long, beside the above. */
    private void lookAfterOthers() {
        lookForStrays();
        takeOverWhatIsLeft();
        if (++looks % LOOKS_BETWEEN == 0) {
            transitions.unparkAll();
            unheard.clear();
        }
        if (!clock.instant().isBefore(tidied.plus(TIDYING))) {
            tidy();
        }
        tellSoon();
    }

    /** The database may also block {@link #lookAfterOwn} forever. Other gateways may soon run this gateway's jobs. */
    private void stopWhenOutOfReach() {
        if (System.nanoTime() - reached > OUT_OF_REACH.toNanos()) {
            active.values().forEach(run -> run.stop(ActiveRun.Stop.OUT_OF_REACH));
        }
    }

    /** Looks for requests, and for jobs that no longer belong to this gateway. */
    private void lookForWishes() {
        List<ActiveRun> runs = List.copyOf(active.values());
        Map<String, String> rows = database.read(handle -> JobTable.atWork(handle, database.run()));
        for (ActiveRun run : runs) {
            String wish = rows.get(run.job().id());
            if (wish == null) {
                run.stop(ActiveRun.Stop.LOST);
            } else if (wish.equals(RunSignal.CANCEL.name())) {
                run.stop(ActiveRun.Stop.CANCELLED);
            } else if (wish.equals(RunSignal.PAUSE.name())) {
                run.stop(ActiveRun.Stop.PAUSED);
            }
        }
    }

    /**
     * Looks for jobs that belong to this gateway only by their rows: the response to a commit was lost with its
     * connection.
     */
    private void lookForStrays() {
        Set<String> now = new HashSet<>(
                database.read(handle -> JobTable.atWork(handle, database.run())).keySet());
        now.removeAll(inHand);
        for (String id : now) {
            if (astray.contains(id)) {
                inHand(id, () -> transitions.recoverOwn(id));
            }
        }
        astray = now;
    }

    private void takeOverWhatIsLeft() {
        List<String> others = database.read(handle -> JobTable.otherRuns(handle, database.run()));
        if (others.isEmpty()) {
            return;
        }
        Set<String> gone = new HashSet<>(others);
        gone.removeAll(database.liveRuns());
        if (!gone.isEmpty()) {
            transitions.recover(gone);
            trigger();
        }
    }

    /** db-scheduler has heard nothing of an execution for long. */
    private void forgotten(Execution execution) {
        String id = execution.getId();
        if (!inHand.contains(id)) {
            database.inTransaction(handle -> {
                Optional<JobRow> row = JobTable.find(handle, id);
                if (row.isEmpty() || row.get().gateway() == null) {
                    JobTable.unpick(handle, execution.getTaskName(), id, execution.version);
                }
                return true;
            });
        }
    }

    private void tidy() {
        Instant begun = clock.instant();
        transitions.rescheduleForgotten();
        transitions.forgetOld();
        tidied = begun;
    }

    private void writeSoon(ActiveRun run) {
        try {
            watch.execute(() -> {
                try {
                    write(List.of(run));
                } catch (StateException e) {
                    log.debug("Progress was not saved; retrying", e);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("Progress is not saved because the gateway stops", e);
        }
    }

    private void write(Collection<ActiveRun> runs) {
        Map<ActiveRun, Progress> progress = new LinkedHashMap<>();
        // What was taken first is written first: the last one stays.
        synchronized (writing) {
            runs.forEach(run -> run.takeProgress().ifPresent(now -> progress.put(run, now)));
            if (progress.isEmpty()) {
                return;
            }
            try {
                database.inTransaction(handle -> {
                    progress.forEach((run, now) -> JobTable.progress(
                            handle, run.job().id(), database.run(), run.job().attempt(), now));
                    return true;
                });
            } catch (StateException e) {
                progress.keySet().forEach(ActiveRun::progressIsNew);
                throw e;
            }
        }
        if (!subscribers.isEmpty()) {
            progress.keySet().forEach(run -> publishProgress(run.job().id()));
        }
    }

    /** Whatever has ended a job meanwhile has reported that itself. */
    private void publishProgress(String id) {
        transitions.inOrder(id, () -> {
            Optional<Job> job = find(id).filter(now -> !now.state().isEnd());
            job.ifPresent(this::publish);
            return job;
        });
    }

    // ------------------------------------------------------------------------------------------------ reporting

    private void changed(Job job) {
        publish(job);
        if (job.state().isEnd()) {
            tellSoon();
        }
        trigger();
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

    private void trigger() {
        Scheduler started = scheduler;
        if (started != null && !draining) {
            started.triggerCheckForDueExecutions();
        }
    }

    private void tellSoon() {
        if (scheduler == null || !telling.compareAndSet(false, true)) {
            return;
        }
        try {
            teller.execute(this::tell);
        } catch (RejectedExecutionException e) {
            log.debug("The next gateway reports the jobs that have ended", e);
        }
    }

    private void tell() {
        // From now on, callers may have seen another job end.
        telling.set(false);
        try {
            List<Job> jobs = database.read(handle -> JobTable.untold(handle, database.run(), TOLD_AT_ONCE));
            for (Job job : jobs) {
                if (closed) {
                    return;
                }
                if (!unheard.contains(job.id())) {
                    tell(job);
                }
            }
            if (jobs.size() == TOLD_AT_ONCE && unheard.isEmpty()) {
                tellSoon();
            }
        } catch (StateException e) {
            log.warn("Ended jobs are reported later: {}", e.getMessage());
        }
    }

    private void tell(Job job) {
        Instant ended = job.ended();
        if (ended == null) {
            return;
        }
        try {
            endListeners.forEach(listener -> listener.accept(job));
        } catch (RuntimeException e) {
            log.error("The end of job {} could not be reported; retrying", job.id(), e);
            unheard.add(job.id());
            return;
        }
        database.inTransaction(handle -> {
            JobTable.told(handle, job.id(), ended);
            return true;
        });
    }

    // ------------------------------------------------------------------------------------------------ for others

    @Override
    public Job submit(NewJob job) {
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
        return transitions.submit(id, job);
    }

    @Override
    public List<Job> list(JobFilter filter) {
        return database.read(handle -> JobTable.list(handle, filter));
    }

    @Override
    public Optional<Job> find(String id) {
        return database.read(handle -> JobTable.find(handle, id)).map(JobRow::job);
    }

    @Override
    public BatchProgress progress(String batch) {
        return database.read(handle -> JobTable.progress(handle, batch));
    }

    @Override
    public List<Attempt> attempts(String id) {
        return database.read(handle -> JobTable.attempts(handle, id));
    }

    @Override
    public boolean cancel(String id) {
        return transitions.cancel(id) && stopNow();
    }

    @Override
    public boolean pause(String id) {
        return transitions.pause(id) && stopNow();
    }

    /** Checks requests now instead of within a second. */
    private boolean stopNow() {
        if (active.isEmpty()) {
            return true;
        }
        try {
            watch.execute(() -> {
                try {
                    lookForWishes();
                } catch (StateException e) {
                    log.debug("Requests for jobs are looked up later", e);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("The gateway stops", e);
        }
        return true;
    }

    @Override
    public boolean resume(String id) {
        return transitions.resume(id);
    }

    @Override
    public boolean retry(String id) {
        return transitions.retry(id);
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
        synchronized (this) {
            draining = true;
            if (scheduler != null) {
                scheduler.pause();
            }
        }
        if (isIdleWithin(time)) {
            return;
        }
        active.values().forEach(run -> run.stop(ActiveRun.Stop.SHUTDOWN));
        if (!isIdleWithin(STOPPING)) {
            log.warn("Jobs did not end in time: {}", inHand);
        }
    }

    private boolean isIdleWithin(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        synchronized (handsChanged) {
            while (!inHand.isEmpty()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(handsChanged, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return true;
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
        synchronized (handsChanged) {
            handsChanged.notifyAll();
        }
        Scheduler started;
        synchronized (this) {
            started = scheduler;
        }
        if (started != null) {
            started.stop();
        }
        end(watch);
        end(teller);
    }

    private static void end(ExecutorService threads) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(STOPPING.toSeconds(), TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}

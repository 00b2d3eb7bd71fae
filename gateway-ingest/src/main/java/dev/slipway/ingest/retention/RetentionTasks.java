package dev.slipway.ingest.retention;

import dev.slipway.core.account.Account;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.schedule.CronSchedule;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import dev.slipway.transfer.job.StoredJson;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The retention tasks of a gateway: runs them when they are due or when somebody asks, each as a job of the kind {@code
 * retention}. Gateways that share a database share the schedules and the history: whichever comes first claims a run. All
 * calls block for the database and may come from any thread.
 */
public final class RetentionTasks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RetentionTasks.class);

    /** Who submits the runs of schedules. */
    private static final String SCHEDULE = "schedule";

    private final Map<String, RetentionSettings> settings = new LinkedHashMap<>();
    private final Map<String, CronSchedule> schedules = new LinkedHashMap<>();
    private final Map<String, RetentionCounters> counters = new LinkedHashMap<>();
    private final StateDatabase database;
    private final Transfers transfers;
    private final @Nullable String defaultBucket;
    private final Clock clock;
    private final RetentionTable table;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("retention").daemon().factory());

    /**
     * Runs nothing before {@link #start}.
     *
     * @param tasks valid settings, each with another name
     * @param transfers not started yet; closed by the caller, after this
     * @param accounts finds accounts; may block for the state database
     * @param database remains the caller's, as do the others
     * @param store to list; shows no archived objects
     * @param defaultBucket of settings that name none; null if there is none
     */
    public RetentionTasks(
            List<RetentionSettings> tasks,
            Transfers transfers,
            ObjectFileSystems fileSystems,
            Function<String, Optional<Account>> accounts,
            StateDatabase database,
            ObjectStore store,
            @Nullable String defaultBucket,
            Clock clock) {
        for (RetentionSettings task : tasks) {
            settings.put(task.name(), task);
            counters.put(task.name(), new RetentionCounters());
            if (task.schedule() != null) {
                schedules.put(task.name(), CronSchedule.parse(task.schedule(), ZoneId.of(task.timeZone())));
            }
        }
        this.database = database;
        this.transfers = transfers;
        this.defaultBucket = defaultBucket;
        this.clock = clock;
        this.table = new RetentionTable(database);
        transfers.register(new RetentionKind(
                settings,
                counters,
                new RetentionPlace.Finder(accounts, defaultBucket),
                fileSystems,
                store,
                table,
                clock));
    }

    /** Starts to run tasks by their schedules. A run that was missed while no gateway was up is made up for once. */
    public void start() {
        if (!settings.isEmpty()) {
            settings.values().forEach(this::enter);
            var _ = timer.scheduleWithFixedDelay(this::runDue, 0, 1, TimeUnit.SECONDS);
        }
    }

    /** Stops running tasks by their schedules. Runs under way continue. */
    @Override
    public void close() {
        timer.close();
    }

    private @Nullable Instant next(RetentionSettings task) {
        CronSchedule schedule = schedules.get(task.name());
        return schedule == null ? null : schedule.next(clock.instant());
    }

    /** Enters a task, or changes its next time if it has another timetable. */
    private void enter(RetentionSettings task) {
        int _ = database.inTransaction(handle -> {
            RetentionTable.Row row = row(handle, task);
            if (!row.timetable().equals(task.timetable())) {
                RetentionTable.put(
                        handle,
                        task.name(),
                        new RetentionTable.Row(task.timetable(), next(task), row.skipped(), row.job()));
            }
            return 1;
        });
    }

    /** The row of a task, which no other gateway changes until the transaction ends; enters it if necessary. */
    private RetentionTable.Row row(Handle handle, RetentionSettings task) {
        Optional<RetentionTable.Row> present = RetentionTable.locked(handle, task.name());
        if (present.isPresent()) {
            return present.get();
        }
        RetentionTable.Row row = new RetentionTable.Row(task.timetable(), next(task), 0, null);
        RetentionTable.put(handle, task.name(), row);
        return row;
    }

    private void runDue() {
        try {
            Instant now = clock.instant();
            table.all().forEach((name, row) -> {
                RetentionSettings task = settings.get(name);
                if (task != null && isDue(row, now)) {
                    claim(task, now);
                }
            });
        } catch (RuntimeException e) {
            log.warn("Retention tasks could not be started; this is tried again: {}", e.toString());
        }
    }

    private static boolean isDue(RetentionTable.Row row, Instant now) {
        return row.next() != null && !row.next().isAfter(now);
    }

    /** Claims a due run, unless another gateway has done so, and submits its job in the same transaction. */
    private void claim(RetentionSettings task, Instant now) {
        AtomicReference<@Nullable String> open = new AtomicReference<>();
        boolean isSkipped = database.inTransaction(handle -> {
            RetentionTable.Row row = row(handle, task);
            if (!isDue(row, now)) {
                return false;
            }
            open.set(openJob(handle, row).orElse(null));
            boolean skips = open.get() != null;
            String job = skips ? row.job() : submit(handle, new RetentionRequest(task.name(), task.dryRun()), SCHEDULE);
            RetentionTable.put(
                    handle,
                    task.name(),
                    new RetentionTable.Row(row.timetable(), next(task), row.skipped() + (skips ? 1 : 0), job));
            return skips;
        });
        if (isSkipped) {
            Objects.requireNonNull(counters.get(task.name())).skippedOne();
            log.info("A run of retention task {} is skipped, since job {} has not ended", task.name(), open.get());
        }
    }

    private Optional<String> openJob(Handle handle, RetentionTable.Row row) {
        return Optional.ofNullable(row.job())
                .filter(job -> transfers
                        .find(handle, job)
                        .map(Job::state)
                        .filter(state -> !state.isEnd())
                        .isPresent());
    }

    private String submit(Handle handle, RetentionRequest request, String submitter) {
        RetentionSettings task = find(request.task());
        return transfers.submit(
                handle,
                new NewJob(
                                UUID.randomUUID().toString(),
                                RetentionKind.NAME,
                                StoredJson.write(request),
                                null,
                                source(task),
                                Objects.requireNonNullElse(target(task), "deleted"),
                                0,
                                null,
                                submitter,
                                "",
                                null)
                        .taking(Set.of(new Resource("retention", task.name()))));
    }

    private RetentionSettings find(String task) {
        return Optional.ofNullable(settings.get(task))
                .orElseThrow(() -> new IllegalArgumentException("there is no retention task '" + task + "'"));
    }

    private String source(RetentionSettings task) {
        RetentionSettings.Source from = task.source();
        return place(from.account(), from.folder(), from.bucket(), from.prefix());
    }

    private @Nullable String target(RetentionSettings task) {
        return task.action() == RetentionSettings.Aging.DELETE
                ? null
                : place(
                        task.target().account(),
                        task.target().folder(),
                        task.target().bucket(),
                        task.target().prefix());
    }

    private String place(
            @Nullable String account, @Nullable String folder, @Nullable String bucket, @Nullable String prefix) {
        return account == null
                ? Objects.requireNonNullElse(bucket, Objects.requireNonNullElse(defaultBucket, "")) + ":"
                        + Objects.requireNonNullElse(prefix, "")
                : account + "@" + Objects.requireNonNullElse(folder, "/");
    }

    /** All tasks, in the order of the configuration. */
    public List<RetentionState> list() {
        Map<String, RetentionTable.Row> rows = table.all();
        return settings.values().stream()
                .map(task -> state(task, Optional.ofNullable(rows.get(task.name()))))
                .toList();
    }

    /** A task, if there is one of that name. */
    public Optional<RetentionState> state(String name) {
        return list().stream()
                .filter(task -> task.settings().name().equals(name))
                .findFirst();
    }

    private RetentionState state(RetentionSettings task, Optional<RetentionTable.Row> row) {
        return new RetentionState(
                task,
                source(task),
                target(task),
                row.map(RetentionTable.Row::next).orElse(null),
                row.map(RetentionTable.Row::skipped).orElse(0L),
                row.map(RetentionTable.Row::job).orElse(null));
    }

    /** What this gateway has done since it started, for each task. Does not block. */
    public Map<String, RetentionCounters> counters() {
        return Map.copyOf(counters);
    }

    /** The last runs of a task, the newest first. */
    public List<RetentionHistoryEntry> history(String task, int limit) {
        return table.last(task, limit);
    }

    /**
     * Runs a task now.
     *
     * @param dryRun whether only to say what would be done
     * @param submitter who asks for it
     * @return the id of the job
     * @throws IllegalArgumentException there is no such task
     */
    public String run(String task, boolean dryRun, String submitter) throws RunningRetentionException {
        RetentionSettings known = find(task);
        AtomicReference<@Nullable String> open = new AtomicReference<>();
        String submitted = database.inTransaction(handle -> {
            RetentionTable.Row row = row(handle, known);
            Optional<String> running = openJob(handle, row);
            open.set(running.orElse(null));
            if (running.isPresent()) {
                return running.get();
            }
            String job = submit(handle, new RetentionRequest(task, dryRun || known.dryRun()), submitter);
            RetentionTable.put(handle, task, new RetentionTable.Row(row.timetable(), row.next(), row.skipped(), job));
            return job;
        });
        if (open.get() != null) {
            throw new RunningRetentionException(task, submitted);
        }
        return submitted;
    }
}

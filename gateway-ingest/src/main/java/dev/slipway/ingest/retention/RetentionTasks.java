package dev.slipway.ingest.retention;

import dev.slipway.core.account.Account;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.ingest.schedule.ScheduledTasks;
import dev.slipway.ingest.schedule.TaskSchedule;
import dev.slipway.ingest.schedule.Timetable;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import dev.slipway.transfer.job.StoredJson;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The retention tasks of a gateway: runs them when they are due or when somebody asks, each as a job of the kind {@code
 * retention}. Gateways that share a database share the schedules and the history. All calls block for the database and may
 * come from any thread.
 */
public final class RetentionTasks implements AutoCloseable {
    private final Map<String, RetentionSettings> settings = new LinkedHashMap<>();
    private final Map<String, RetentionCounters> counters = new LinkedHashMap<>();
    private final @Nullable String defaultBucket;
    private final RetentionTable table;
    private final ScheduledTasks schedules;

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
        Map<String, Timetable> timetables = new LinkedHashMap<>();
        for (RetentionSettings task : tasks) {
            settings.put(task.name(), task);
            counters.put(task.name(), new RetentionCounters());
            timetables.put(task.name(), task.timetable());
        }
        this.defaultBucket = defaultBucket;
        this.table = new RetentionTable(database);
        this.schedules = new ScheduledTasks(
                "retention", "retention task", timetables, new DueRuns(), transfers, database, clock);
        transfers.register(new RetentionKind(
                settings,
                counters,
                new RetentionPlace.Finder(accounts, defaultBucket),
                fileSystems,
                store,
                new ArchiveTable(database),
                table,
                clock));
    }

    /** Starts to run tasks by their schedules. A run that was missed while no gateway was up is made up for once. */
    public void start() {
        schedules.start();
    }

    /** Stops running tasks by their schedules. Runs under way continue. */
    @Override
    public void close() {
        schedules.close();
    }

    private final class DueRuns implements ScheduledTasks.Runs {
        @Override
        public NewJob job(String task, Set<String> due) {
            return newJob(new RetentionRequest(task, find(task).dryRun()), ScheduledTasks.SUBMITTER);
        }

        @Override
        public void skipped(String task) {
            Objects.requireNonNull(counters.get(task)).skippedOne();
        }
    }

    private NewJob newJob(RetentionRequest request, String submitter) {
        RetentionSettings task = find(request.task());
        return new NewJob(
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
                .taking(Set.of(new Resource("retention", task.name())));
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
        Map<String, TaskSchedule> present = schedules.all();
        return settings.values().stream()
                .map(task -> state(task, Objects.requireNonNull(present.get(task.name()))))
                .toList();
    }

    /** A task, if there is one of that name. */
    public Optional<RetentionState> state(String name) {
        return list().stream()
                .filter(task -> task.settings().name().equals(name))
                .findFirst();
    }

    private RetentionState state(RetentionSettings task, TaskSchedule schedule) {
        return new RetentionState(
                task,
                source(task),
                target(task),
                schedule.paused(),
                schedule.soonest().orElse(null),
                schedule.skipped(),
                schedule.lastJob());
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
    public String run(String task, boolean dryRun, String submitter) throws RunningTaskException {
        return schedules.run(
                task, newJob(new RetentionRequest(task, dryRun || find(task).dryRun()), submitter));
    }

    /**
     * Pauses the schedule of a task; a run under way continues.
     *
     * @return whether it was not paused
     * @throws IllegalArgumentException there is no such task
     */
    public boolean pause(String task) {
        return schedules.pause(task);
    }

    /**
     * Resumes the schedule of a task. What was due meanwhile is not made up for.
     *
     * @return whether it was paused
     * @throws IllegalArgumentException there is no such task
     */
    public boolean resume(String task) {
        return schedules.resume(task);
    }
}

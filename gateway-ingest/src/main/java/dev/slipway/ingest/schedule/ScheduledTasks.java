package dev.slipway.ingest.schedule;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.NewJob;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the tasks of one kind when they are due or when somebody asks. Each run is a job. A task has one run at a time:
 * one that is due before the last one has ended is skipped and counted. A run that was missed while no gateway was up is
 * made up for once. Gateways that share a database share the times: whichever comes first claims a run and submits its
 * job, in one transaction. All calls block for the database and may come from any thread.
 */
public final class ScheduledTasks implements AutoCloseable {
    /** Who submits the runs of schedules. */
    public static final String SUBMITTER = "schedule";

    private static final Logger log = LoggerFactory.getLogger(ScheduledTasks.class);

    private final String noun;
    private final Map<String, Timetable> timetables;
    private final Runs runs;
    private final Transfers transfers;
    private final StateDatabase database;
    private final Clock clock;
    private final ScheduleTable table;
    private final ScheduledExecutorService timer;

    /** What the runs of one kind of tasks are. */
    public interface Runs {
        /** The job of a run that is due by some schedules of a task. */
        NewJob job(String task, Set<String> schedules);

        /**
         * Called before a run that is due is submitted, in the same transaction.
         *
         * @param last the job of the run before, which has ended
         */
        default void follow(Handle transaction, String last) {}

        /** Called after a run was skipped. */
        void skipped(String task);
    }

    /** The outcome of an attempt to submit a run: its job, or the one that prevents it. */
    private record Attempt(String job, boolean isRunning) {}

    /**
     * Runs nothing before {@link #start}.
     *
     * @param kind names the tasks in the database
     * @param noun names them for people
     * @param timetables of the tasks, by their names
     * @param transfers not started yet; remains the caller's, as do the others
     */
    public ScheduledTasks(
            String kind,
            String noun,
            Map<String, Timetable> timetables,
            Runs runs,
            Transfers transfers,
            StateDatabase database,
            Clock clock) {
        this.noun = noun;
        this.timetables = new LinkedHashMap<>(timetables);
        this.runs = runs;
        this.transfers = transfers;
        this.database = database;
        this.clock = clock;
        this.table = new ScheduleTable(kind, database);
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("schedule-" + kind).daemon().factory());
    }

    /** Starts to run tasks by their schedules. */
    public void start() {
        timetables.forEach(this::enter);
        if (!timetables.values().stream().allMatch(Timetable::isEmpty)) {
            var _ = timer.scheduleWithFixedDelay(this::runDue, 0, 1, TimeUnit.SECONDS);
        }
    }

    /** Stops running tasks by their schedules. Runs under way continue. */
    @Override
    public void close() {
        timer.close();
    }

    /** Enters a task, or changes its times if it has another timetable. */
    private void enter(String task, Timetable timetable) {
        int _ = database.inTransaction(handle -> {
            ScheduleTable.Row row = row(handle, task);
            if (!row.timetable().equals(timetable.text())) {
                table.put(handle, task, row.withTimes(timetable, row.paused(), clock.instant()));
            }
            return 1;
        });
    }

    /** The row of a task, which no other gateway changes until the transaction ends; enters it if necessary. */
    private ScheduleTable.Row row(Handle handle, String task) {
        Optional<ScheduleTable.Row> present = table.locked(handle, task);
        if (present.isPresent()) {
            return present.get();
        }
        Timetable timetable = timetable(task);
        ScheduleTable.Row row =
                new ScheduleTable.Row(timetable.text(), false, timetable.next(clock.instant()), 0, null);
        table.put(handle, task, row);
        return row;
    }

    private Timetable timetable(String task) {
        return Optional.ofNullable(timetables.get(task))
                .orElseThrow(() -> new IllegalArgumentException("there is no " + noun + " '" + task + "'"));
    }

    private void runDue() {
        try {
            Instant now = clock.instant();
            table.all().forEach((task, row) -> {
                if (timetables.containsKey(task) && !due(row, now).isEmpty()) {
                    claim(task, now);
                }
            });
        } catch (RuntimeException e) {
            log.warn("No {} could be started; this is tried again: {}", noun, e.toString());
        }
    }

    private static Set<String> due(ScheduleTable.Row row, Instant now) {
        return row.paused()
                ? Set.of()
                : row.next().entrySet().stream()
                        .filter(time -> !time.getValue().isAfter(now))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** Claims a due run, unless another gateway has done so. */
    private void claim(String task, Instant now) {
        Timetable timetable = timetable(task);
        Optional<Attempt> attempt = database.inTransaction(handle -> {
            ScheduleTable.Row row = row(handle, task);
            Set<String> due = due(row, now);
            if (due.isEmpty()) {
                return Optional.empty();
            }
            Map<String, Instant> next = new LinkedHashMap<>(row.next());
            next.keySet().removeAll(due);
            timetable.next(now).forEach(next::putIfAbsent);
            ScheduleTable.Row claimed = row.withNext(next);
            Optional<String> open = openJob(handle, row);
            if (open.isPresent()) {
                table.put(handle, task, claimed.withSkippedRun());
                return Optional.of(new Attempt(open.get(), true));
            }
            if (row.job() != null) {
                runs.follow(handle, row.job());
            }
            String job = transfers.submit(handle, runs.job(task, due));
            table.put(handle, task, claimed.withJob(job));
            return Optional.of(new Attempt(job, false));
        });
        attempt.filter(Attempt::isRunning).ifPresent(skipped -> {
            runs.skipped(task);
            log.info("A run of {} {} is skipped, since job {} has not ended", noun, task, skipped.job());
        });
    }

    private Optional<String> openJob(Handle handle, ScheduleTable.Row row) {
        return Optional.ofNullable(row.job())
                .filter(job -> transfers
                        .find(handle, job)
                        .map(Job::state)
                        .filter(state -> !state.isEnd())
                        .isPresent());
    }

    /**
     * Runs a task now, also if it is paused.
     *
     * @return the id of the job
     * @throws IllegalArgumentException there is no such task
     */
    public String run(String task, NewJob job) throws RunningTaskException {
        Attempt attempt = database.inTransaction(handle -> {
            ScheduleTable.Row row = row(handle, task);
            Optional<String> open = openJob(handle, row);
            if (open.isPresent()) {
                return new Attempt(open.get(), true);
            }
            String submitted = transfers.submit(handle, job);
            table.put(handle, task, row.withJob(submitted));
            return new Attempt(submitted, false);
        });
        if (attempt.isRunning()) {
            throw new RunningTaskException(noun, task, attempt.job());
        }
        return attempt.job();
    }

    /** What is known about the runs of each task. */
    public Map<String, TaskSchedule> all() {
        Map<String, ScheduleTable.Row> rows = table.all();
        return timetables.keySet().stream()
                .collect(Collectors.toMap(
                        task -> task,
                        task -> Optional.ofNullable(rows.get(task))
                                .map(ScheduledTasks::schedule)
                                .orElse(TaskSchedule.NONE)));
    }

    private static TaskSchedule schedule(ScheduleTable.Row row) {
        return new TaskSchedule(row.paused(), row.paused() ? Map.of() : row.next(), row.skipped(), row.job());
    }

    /**
     * Pauses the schedules of a task; a run under way continues.
     *
     * @return whether they were not paused
     * @throws IllegalArgumentException there is no such task
     */
    public boolean pause(String task) {
        return setPaused(task, true);
    }

    /**
     * Resumes the schedules of a task. What was due meanwhile is not made up for.
     *
     * @return whether they were paused
     * @throws IllegalArgumentException there is no such task
     */
    public boolean resume(String task) {
        return setPaused(task, false);
    }

    private boolean setPaused(String task, boolean paused) {
        Timetable timetable = timetable(task);
        return database.inTransaction(handle -> {
            ScheduleTable.Row row = row(handle, task);
            if (row.paused() == paused) {
                return false;
            }
            table.put(handle, task, row.withTimes(timetable, paused, clock.instant()));
            return true;
        });
    }
}

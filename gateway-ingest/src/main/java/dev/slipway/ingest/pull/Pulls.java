package dev.slipway.ingest.pull;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.PartPool;
import dev.slipway.ingest.target.Targets;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import dev.slipway.transfer.job.StoredJson;
import java.time.Clock;
import java.time.Instant;
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
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pulls of a gateway: runs them when they are due or when somebody asks, each as a job of the kind {@code pull}.
 * Gateways that share a database share the schedules and the history: whichever comes first claims a run. All calls
 * block for the database and may come from any thread.
 */
public final class Pulls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Pulls.class);

    /** Who submits the runs of schedules. */
    private static final String SCHEDULE = "schedule";

    private final Map<String, PullSettings> settings = new LinkedHashMap<>();
    private final Map<String, Timetable> timetables = new LinkedHashMap<>();
    private final Map<String, PullCounters> counters = new LinkedHashMap<>();
    private final StateDatabase database;
    private final Transfers transfers;
    private final Targets targets;
    private final Clock clock;
    private final PullScheduleTable schedules;
    private final PullRunTable runs;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("pulls").daemon().factory());

    /**
     * Runs nothing before {@link #start}.
     *
     * @param pulls valid settings, each with another name
     * @param transfers not started yet; closed by the caller, after this
     * @param database likewise
     * @param memory for the ranges of files that are read ahead
     */
    public Pulls(
            List<PullSettings> pulls,
            Transfers transfers,
            Targets targets,
            StateDatabase database,
            PartPool memory,
            Clock clock) {
        for (PullSettings pull : pulls) {
            settings.put(pull.name(), pull);
            timetables.put(pull.name(), pull.timetable());
            counters.put(pull.name(), new PullCounters());
        }
        this.database = database;
        this.transfers = transfers;
        this.targets = targets;
        this.clock = clock;
        this.schedules = new PullScheduleTable(database);
        this.runs = new PullRunTable(database);
        transfers.register(new PullKind(
                settings, transfers.remotes(), transfers.client(), targets, database, memory, counters, clock));
    }

    /** Starts to run pulls by their schedules. A run that was missed while no gateway was up is made up for once. */
    public void start() {
        if (!settings.isEmpty()) {
            timetables.forEach(this::schedule);
            var _ = timer.scheduleWithFixedDelay(this::runDue, 0, 1, TimeUnit.SECONDS);
        }
    }

    /** Stops running pulls by their schedules. Runs under way continue. */
    @Override
    public void close() {
        timer.close();
    }

    /** Enters a pull, or changes its times if it has another timetable. */
    private void schedule(String pull, Timetable timetable) {
        int _ = database.inTransaction(handle -> {
            PullScheduleTable.Row row = row(handle, pull, timetable);
            if (!row.timetable().equals(timetable.text())) {
                PullScheduleTable.put(
                        handle,
                        pull,
                        new PullScheduleTable.Row(
                                timetable.text(),
                                row.paused(),
                                timetable.next(false, clock.instant()),
                                timetable.next(true, clock.instant()),
                                row.skipped(),
                                row.job()));
            }
            return 1;
        });
    }

    /** The row of a pull, which no other gateway changes until the transaction ends; enters it if necessary. */
    private PullScheduleTable.Row row(Handle handle, String pull, Timetable timetable) {
        Optional<PullScheduleTable.Row> present = PullScheduleTable.locked(handle, pull);
        if (present.isPresent()) {
            return present.get();
        }
        PullScheduleTable.Row row = new PullScheduleTable.Row(
                timetable.text(),
                false,
                timetable.next(false, clock.instant()),
                timetable.next(true, clock.instant()),
                0,
                null);
        PullScheduleTable.put(handle, pull, row);
        return row;
    }

    private void runDue() {
        try {
            Instant now = clock.instant();
            schedules.all().forEach((pull, row) -> {
                if (settings.containsKey(pull) && isDue(row, now)) {
                    claim(pull, now);
                }
            });
        } catch (RuntimeException e) {
            log.warn("Pulls could not be started; this is tried again: {}", e.toString());
        }
    }

    private static boolean isDue(PullScheduleTable.Row row, Instant now) {
        return !row.paused() && (isPast(row.incremental(), now) || isPast(row.full(), now));
    }

    private static boolean isPast(@Nullable Instant time, Instant now) {
        return time != null && !time.isAfter(now);
    }

    /** Claims a due run, unless another gateway has done so, and submits its job in the same transaction. */
    private void claim(String pull, Instant now) {
        Timetable timetable = timetable(pull);
        AtomicReference<@Nullable String> open = new AtomicReference<>();
        boolean isSkipped = database.inTransaction(handle -> {
            PullScheduleTable.Row row = row(handle, pull, timetable);
            if (!isDue(row, now)) {
                return false;
            }
            // A full run also does what an incremental one that is due does.
            boolean isFull = isPast(row.full(), now);
            Instant incremental = isPast(row.incremental(), now) ? timetable.next(false, now) : row.incremental();
            Instant full = isFull ? timetable.next(true, now) : row.full();
            open.set(openJob(handle, row).orElse(null));
            boolean skips = open.get() != null;
            if (!skips && row.job() != null) {
                forgetUneventful(handle, row.job());
            }
            String job = skips ? row.job() : submit(handle, new PullRequest(pull, isFull, false), SCHEDULE);
            PullScheduleTable.put(
                    handle,
                    pull,
                    new PullScheduleTable.Row(
                            row.timetable(), false, incremental, full, row.skipped() + (skips ? 1 : 0), job));
            return skips;
        });
        if (isSkipped) {
            Objects.requireNonNull(counters.get(pull)).skippedOne();
            log.info("A run of pull {} is skipped, since job {} has not ended", pull, open.get());
        }
    }

    /** Runs of schedules that had nothing to do would fill the history of jobs. They stay in that of the pull. */
    private void forgetUneventful(Handle handle, String job) {
        boolean wasScheduled = transfers
                .find(handle, job)
                .filter(ended -> ended.state() == JobState.SUCCEEDED
                        && ended.wanted().submitter().equals(SCHEDULE))
                .isPresent();
        if (wasScheduled
                && PullRunTable.find(handle, job)
                        .filter(run -> isUneventful(run.report()))
                        .isPresent()) {
            transfers.forget(handle, job);
        }
    }

    private static boolean isUneventful(PullReport report) {
        return report.stored() == 0
                && report.vanished() == 0
                && report.failed() == 0
                && report.problems().isEmpty();
    }

    private Optional<String> openJob(Handle handle, PullScheduleTable.Row row) {
        return Optional.ofNullable(row.job())
                .filter(job -> transfers
                        .find(handle, job)
                        .map(Job::state)
                        .filter(state -> !state.isEnd())
                        .isPresent());
    }

    private String submit(Handle handle, PullRequest request, String submitter) {
        PullSettings pull = find(request.pull());
        String target = targets.describe(pull.target());
        return transfers.submit(
                handle,
                new NewJob(
                                UUID.randomUUID().toString(),
                                PullKind.NAME,
                                StoredJson.write(request),
                                pull.remote(),
                                pull.remote() + ":" + pull.folder(),
                                target,
                                0,
                                null,
                                submitter,
                                "",
                                null)
                        .taking(Set.of(Resource.remote(pull.remote()), new Resource("pull", pull.name()))));
    }

    private PullSettings find(String pull) {
        return Optional.ofNullable(settings.get(pull))
                .orElseThrow(() -> new IllegalArgumentException("there is no pull '" + pull + "'"));
    }

    private Timetable timetable(String pull) {
        PullSettings present = find(pull);
        return Objects.requireNonNull(timetables.get(present.name()));
    }

    /** All pulls, in the order of the configuration. */
    public List<PullState> list() {
        Map<String, PullScheduleTable.Row> rows = schedules.all();
        return settings.values().stream()
                .map(pull -> state(pull, Optional.ofNullable(rows.get(pull.name()))))
                .toList();
    }

    /** A pull, if there is one of that name. */
    public Optional<PullState> state(String name) {
        return list().stream()
                .filter(pull -> pull.settings().name().equals(name))
                .findFirst();
    }

    private PullState state(PullSettings pull, Optional<PullScheduleTable.Row> row) {
        boolean isPaused = row.filter(PullScheduleTable.Row::paused).isPresent();
        return new PullState(
                pull,
                targets.describe(pull.target()),
                isPaused,
                isPaused ? null : row.map(PullScheduleTable.Row::incremental).orElse(null),
                isPaused ? null : row.map(PullScheduleTable.Row::full).orElse(null),
                row.map(PullScheduleTable.Row::skipped).orElse(0L),
                row.map(PullScheduleTable.Row::job).orElse(null));
    }

    /** What this gateway has done since it started, for each pull. Does not block. */
    public Map<String, PullCounters> counters() {
        return Map.copyOf(counters);
    }

    /** The last runs of a pull, the newest first. */
    public List<PullHistoryEntry> history(String pull, int limit) {
        return runs.last(pull, limit).stream()
                .map(row -> new PullHistoryEntry(row.job(), row.full(), row.dryRun(), row.begun(), row.report()))
                .toList();
    }

    /** What a run has done so far; empty before it has begun. */
    public Optional<PullReport> report(String job) {
        return runs.find(job).map(PullRunTable.Row::report);
    }

    /**
     * Runs a pull now, also if it is paused.
     *
     * @param full whether to compare with the bucket itself
     * @param dryRun whether only to say what would be done
     * @param submitter who asks for it
     * @return the id of the job
     * @throws IllegalArgumentException there is no such pull
     */
    public String run(String pull, boolean full, boolean dryRun, String submitter) throws RunningPullException {
        Timetable timetable = timetable(pull);
        AtomicReference<@Nullable String> open = new AtomicReference<>();
        String submitted = database.inTransaction(handle -> {
            PullScheduleTable.Row row = row(handle, pull, timetable);
            Optional<String> running = openJob(handle, row);
            open.set(running.orElse(null));
            if (running.isPresent()) {
                return running.get();
            }
            String job = submit(handle, new PullRequest(pull, full, dryRun), submitter);
            PullScheduleTable.put(
                    handle,
                    pull,
                    new PullScheduleTable.Row(
                            row.timetable(), row.paused(), row.incremental(), row.full(), row.skipped(), job));
            return job;
        });
        if (open.get() != null) {
            throw new RunningPullException(pull, submitted);
        }
        return submitted;
    }

    /**
     * Pauses the schedules of a pull; a run under way continues.
     *
     * @return whether they were not paused
     * @throws IllegalArgumentException there is no such pull
     */
    public boolean pause(String pull) {
        return setPaused(pull, true);
    }

    /**
     * Resumes the schedules of a pull. What was due meanwhile is not made up for.
     *
     * @return whether they were paused
     * @throws IllegalArgumentException there is no such pull
     */
    public boolean resume(String pull) {
        return setPaused(pull, false);
    }

    private boolean setPaused(String pull, boolean paused) {
        Timetable timetable = timetable(pull);
        return database.inTransaction(handle -> {
            PullScheduleTable.Row row = row(handle, pull, timetable);
            if (row.paused() == paused) {
                return false;
            }
            PullScheduleTable.put(
                    handle,
                    pull,
                    new PullScheduleTable.Row(
                            row.timetable(),
                            paused,
                            timetable.next(false, clock.instant()),
                            timetable.next(true, clock.instant()),
                            row.skipped(),
                            row.job()));
            return true;
        });
    }
}

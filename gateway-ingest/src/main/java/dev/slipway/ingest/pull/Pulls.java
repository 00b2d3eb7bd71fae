package dev.slipway.ingest.pull;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.PartPool;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.ingest.schedule.ScheduledTasks;
import dev.slipway.ingest.schedule.TaskSchedule;
import dev.slipway.ingest.schedule.Timetable;
import dev.slipway.ingest.target.Targets;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.JobState;
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
import org.jdbi.v3.core.Handle;

/**
 * The pulls of a gateway: runs them when they are due or when somebody asks, each as a job of the kind {@code pull}.
 * Gateways that share a database share the schedules and the history. All calls block for the database and may come
 * from any thread.
 */
public final class Pulls implements AutoCloseable {
    private final Map<String, PullSettings> settings = new LinkedHashMap<>();
    private final Map<String, PullCounters> counters = new LinkedHashMap<>();
    private final Transfers transfers;
    private final Targets targets;
    private final PullRunTable runs;
    private final ScheduledTasks schedules;

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
            counters.put(pull.name(), new PullCounters());
        }
        this.transfers = transfers;
        this.targets = targets;
        this.runs = new PullRunTable(database);
        Map<String, Timetable> timetables = new LinkedHashMap<>();
        settings.forEach((name, pull) -> timetables.put(name, pull.timetable()));
        this.schedules = new ScheduledTasks("pull", "pull", timetables, new DueRuns(), transfers, database, clock);
        transfers.register(new PullKind(
                settings, transfers.remotes(), transfers.client(), targets, database, memory, counters, clock));
    }

    /** Starts to run pulls by their schedules. A run that was missed while no gateway was up is made up for once. */
    public void start() {
        schedules.start();
    }

    /** Stops running pulls by their schedules. Runs under way continue. */
    @Override
    public void close() {
        schedules.close();
    }

    private final class DueRuns implements ScheduledTasks.Runs {
        /** A full run also does what an incremental one that is due does. */
        @Override
        public NewJob job(String pull, Set<String> due) {
            return newJob(new PullRequest(pull, due.contains(PullSettings.FULL), false), ScheduledTasks.SUBMITTER);
        }

        @Override
        public void follow(Handle transaction, String last) {
            forgetUneventful(transaction, last);
        }

        @Override
        public void skipped(String pull) {
            Objects.requireNonNull(counters.get(pull)).skippedOne();
        }
    }

    /** Runs of schedules that had nothing to do would fill the history of jobs. They stay in that of the pull. */
    private void forgetUneventful(Handle handle, String job) {
        boolean wasScheduled = transfers
                .find(handle, job)
                .filter(ended -> ended.state() == JobState.SUCCEEDED
                        && ended.wanted().submitter().equals(ScheduledTasks.SUBMITTER))
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

    private NewJob newJob(PullRequest request, String submitter) {
        PullSettings pull = find(request.pull());
        return new NewJob(
                        UUID.randomUUID().toString(),
                        PullKind.NAME,
                        StoredJson.write(request),
                        pull.remote(),
                        pull.remote() + ":" + pull.folder(),
                        targets.describe(pull.target()),
                        0,
                        null,
                        submitter,
                        "",
                        null)
                .taking(Set.of(Resource.remote(pull.remote()), new Resource("pull", pull.name())));
    }

    private PullSettings find(String pull) {
        return Optional.ofNullable(settings.get(pull))
                .orElseThrow(() -> new IllegalArgumentException("there is no pull '" + pull + "'"));
    }

    /** All pulls, in the order of the configuration. */
    public List<PullState> list() {
        Map<String, TaskSchedule> present = schedules.all();
        return settings.values().stream()
                .map(pull -> state(pull, Objects.requireNonNull(present.get(pull.name()))))
                .toList();
    }

    /** A pull, if there is one of that name. */
    public Optional<PullState> state(String name) {
        return list().stream()
                .filter(pull -> pull.settings().name().equals(name))
                .findFirst();
    }

    private PullState state(PullSettings pull, TaskSchedule schedule) {
        return new PullState(
                pull,
                targets.describe(pull.target()),
                schedule.paused(),
                schedule.next().get(PullSettings.INCREMENTAL),
                schedule.next().get(PullSettings.FULL),
                schedule.skipped(),
                schedule.lastJob());
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
    public String run(String pull, boolean full, boolean dryRun, String submitter) throws RunningTaskException {
        return schedules.run(pull, newJob(new PullRequest(pull, full, dryRun), submitter));
    }

    /**
     * Pauses the schedules of a pull; a run under way continues.
     *
     * @return whether they were not paused
     * @throws IllegalArgumentException there is no such pull
     */
    public boolean pause(String pull) {
        return schedules.pause(pull);
    }

    /**
     * Resumes the schedules of a pull. What was due meanwhile is not made up for.
     *
     * @return whether they were paused
     * @throws IllegalArgumentException there is no such pull
     */
    public boolean resume(String pull) {
        return schedules.resume(pull);
    }
}

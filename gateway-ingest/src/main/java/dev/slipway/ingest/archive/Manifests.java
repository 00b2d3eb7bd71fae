package dev.slipway.ingest.archive;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.ingest.schedule.ScheduledTasks;
import dev.slipway.ingest.schedule.TaskSchedule;
import dev.slipway.ingest.schedule.Timetable;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manifests of archives: an entry for each member, on an Elasticsearch or OpenSearch server. What the server does not
 * store waits in a fallback bucket, or, without one, in the state database. Looks once a minute whether something waits and
 * the server answers; if so, a job of the kind {@code archive-manifest} sends it. All calls block for the database and may
 * come from any thread.
 */
public final class Manifests implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Manifests.class);

    private static final String TASK = "manifests";

    private static final int LOOK_SECONDS = 60;

    /** How often to look into the fallback bucket for manifests that the database does not know: every so many looks. */
    private static final int LOOKS_PER_LISTING = 60;

    /** How long to wait after a job that failed for good: somebody has to change something first. */
    private static final Duration AFTER_FAILURE = Duration.ofHours(1);

    private final ManifestDelivery.Parts parts;
    private final Transfers transfers;
    private final ScheduledTasks sending;
    private final Clock clock;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("manifests").daemon().factory());
    private int looks;

    /**
     * Looks for nothing before {@link #start}.
     *
     * @throws RuntimeException if the CA file of the settings cannot be used; the message is for people
     */
    Manifests(
            ManifestSettings settings,
            ArchiveTable archives,
            Transfers transfers,
            ObjectFileSystems fileSystems,
            StateDatabase database,
            ObjectStore store,
            Clock clock) {
        String bucket = settings.fallbackBucket();
        this.parts = new ManifestDelivery.Parts(
                settings,
                settings.isOn() ? new ManifestServer(settings) : null,
                bucket == null ? null : new FallbackBucket(bucket, settings.indexPrefix(), store, fileSystems),
                new ManifestTable(database),
                archives,
                new ManifestCounters());
        this.transfers = transfers;
        this.clock = clock;
        this.sending = new ScheduledTasks(
                ManifestKind.NAME,
                "task",
                Map.of(TASK, Timetable.of((@Nullable String) null, "UTC")),
                new OnDemand(),
                transfers,
                database,
                clock);
        transfers.register(new ManifestKind(parts));
    }

    /** Runs that only {@link #send} asks for. */
    private static final class OnDemand implements ScheduledTasks.Runs {
        @Override
        public NewJob job(String task, Set<String> schedules) {
            return newJob(ScheduledTasks.SUBMITTER);
        }

        @Override
        public void skipped(String task) {}
    }

    private static NewJob newJob(String submitter) {
        return new NewJob(
                        UUID.randomUUID().toString(),
                        ManifestKind.NAME,
                        "{}",
                        null,
                        "manifests that wait",
                        "manifest server",
                        0,
                        null,
                        submitter,
                        "",
                        null)
                .taking(Set.of(new Resource(ManifestKind.NAME, TASK)));
    }

    /** Starts to look for manifests that wait. */
    void start() {
        if (isOn()) {
            var _ = timer.scheduleWithFixedDelay(this::look, LOOK_SECONDS / 6, LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Stops looking, without waiting for the server. Jobs under way continue. */
    @Override
    public void close() {
        List<Runnable> _ = timer.shutdownNow();
        timer.close();
        sending.close();
    }

    /** Whether there is a server for them. */
    public boolean isOn() {
        return parts.server() != null;
    }

    /** What has become of manifests since this gateway started. Does not block. */
    public ManifestCounters counters() {
        return parts.counters();
    }

    /**
     * Lists the manifests that wait, in the order of the archives' ids. Those in the fallback bucket whose archives the
     * database does not know are not among them, though they are sent too.
     *
     * @param after an id; null to begin with the first
     */
    public List<WaitingManifest> waiting(@Nullable UUID after, int limit) {
        return parts.table().list(after, limit);
    }

    /**
     * Sends the manifests that wait, in a job. This happens by itself, too, once the server answers.
     *
     * @param submitter who asks for it
     * @return the id of the job
     * @throws RunningTaskException such a job has not ended yet
     * @throws IllegalStateException there is no server
     */
    public String send(String submitter) throws RunningTaskException {
        if (!isOn()) {
            throw new IllegalStateException("manifest.url is not set");
        }
        return sending.run(TASK, newJob(submitter));
    }

    /** Records that an archive has a manifest, in the transaction that records the archive. */
    void record(Handle transaction, Archive archive) {
        if (isOn()) {
            parts.table().insert(transaction, archive, clock.instant());
        }
    }

    /** Delivers manifests for a run of a job. */
    ManifestDelivery delivery(JobRun run) {
        return new ManifestDelivery(parts, run);
    }

    /** Submits a job if something waits, the server answers, and no job is under way or has just failed. */
    void look() {
        try {
            long waiting = parts.table().count();
            parts.counters().waiting(waiting);
            if ((waiting > 0 || isAnyKept())
                    && !hasJustFailed()
                    && Objects.requireNonNull(parts.server()).answers()) {
                String job = send(ScheduledTasks.SUBMITTER);
                log.info("Job {} sends the manifests of archives that waited", job);
            }
        } catch (RunningTaskException e) {
            log.debug("Manifests are being sent: {}", e.getMessage());
        } catch (IOException | RuntimeException e) {
            log.warn("Manifests of archives may wait; this is looked at again: {}", e.toString());
        }
    }

    private boolean isAnyKept() throws IOException {
        FallbackBucket fallback = parts.fallback();
        return fallback != null && looks++ % LOOKS_PER_LISTING == 0 && fallback.hasAny();
    }

    private boolean hasJustFailed() {
        Instant limit = clock.instant().minus(AFTER_FAILURE);
        return Optional.ofNullable(sending.all().get(TASK))
                .map(TaskSchedule::lastJob)
                .flatMap(id -> transfers.jobs().find(id))
                .filter(job -> job.state() == JobState.FAILED || job.state() == JobState.CANCELLED)
                .map(Job::ended)
                .filter(ended -> ended.isAfter(limit))
                .isPresent();
    }
}

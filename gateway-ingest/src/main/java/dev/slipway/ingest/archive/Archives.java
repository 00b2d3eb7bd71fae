package dev.slipway.ingest.archive;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ReadReservations;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.schedule.CronSchedule;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The archive tasks of a gateway, and the archives that were made. Runs tasks when they are due or when somebody asks,
 * each as a job of the kind {@code archive}. Gateways that share a database run each task once: the id of a job follows
 * from the task and the time for which it is scheduled. All calls block for the database and may come from any thread.
 */
public final class Archives implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Archives.class);

    private static final String SCHEDULE = "schedule";
    private static final int MOST_OPEN = 10_000;
    private static final int PAGE = 500;

    private final Map<String, ArchiveSettings> settings = new LinkedHashMap<>();
    private final Map<String, CronSchedule> schedules = new LinkedHashMap<>();
    private final Map<String, ArchiveCounters> counters = new LinkedHashMap<>();
    private final Map<String, Instant> next = new ConcurrentHashMap<>();
    private final Transfers transfers;
    private final ObjectStore store;
    private final ArchiveTable table;
    private final @Nullable String defaultBucket;
    private final Clock clock;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("archives").daemon().factory());

    /**
     * Runs nothing before {@link #start}.
     *
     * @param tasks valid settings, each with another name
     * @param transfers not started yet; closed by the caller, after this
     * @param database likewise
     * @param store counts what is stored, and shows no archived objects
     * @param reads of the same store
     * @param defaultBucket of settings that name none; null if there is none
     */
    public Archives(
            List<ArchiveSettings> tasks,
            Transfers transfers,
            ObjectFileSystems fileSystems,
            StateDatabase database,
            ObjectStore store,
            ReadReservations reads,
            @Nullable String defaultBucket,
            Clock clock) {
        for (ArchiveSettings task : tasks) {
            settings.put(task.name(), task);
            counters.put(task.name(), new ArchiveCounters());
            if (task.schedule() != null) {
                schedules.put(task.name(), CronSchedule.parse(task.schedule(), ZoneId.of(task.timeZone())));
            }
        }
        this.transfers = transfers;
        this.store = store;
        this.table = new ArchiveTable(database);
        this.defaultBucket = defaultBucket;
        this.clock = clock;
        transfers.register(new ArchiveKind(
                settings,
                counters,
                fileSystems,
                new ArchiveRun.Parts(database, store, reads, table, new AttributeTable(database)),
                defaultBucket,
                clock));
        transfers.register(new ExtractionKind(fileSystems, table));
    }

    /** Starts to run tasks by their schedules. A run that was missed is not made up for: the next one does its work. */
    public void start() {
        schedules.forEach((task, schedule) -> setNext(task, schedule, clock.instant()));
        if (!schedules.isEmpty()) {
            var _ = timer.scheduleWithFixedDelay(this::runDue, 1, 1, TimeUnit.SECONDS);
        }
    }

    private void setNext(String task, CronSchedule schedule, Instant after) {
        Instant time = schedule.next(after);
        if (time == null) {
            next.remove(task);
        } else {
            next.put(task, time);
        }
    }

    /** Stops running tasks by their schedules. Runs under way continue. */
    @Override
    public void close() {
        timer.close();
    }

    private void runDue() {
        Instant now = clock.instant();
        schedules.forEach((task, schedule) -> {
            Instant due = next.get(task);
            if (due != null && !due.isAfter(now)) {
                try {
                    // Another gateway may have submitted it: the same id makes one job.
                    String id = "archive-" + task + "-" + due.getEpochSecond();
                    if (open(task).isEmpty()) {
                        Job _ = submit(id, new ArchiveRequest(task, false), SCHEDULE);
                    } else {
                        log.info("A run of archive task {} is skipped, since the last one has not ended", task);
                    }
                    setNext(task, schedule, now);
                } catch (RuntimeException e) {
                    log.warn("Archive task {} could not be started; this is tried again: {}", task, e.toString());
                }
            }
        });
    }

    /** The job of a task that has not ended. */
    private Optional<Job> open(String task) {
        Set<JobState> states = EnumSet.allOf(JobState.class);
        states.removeIf(JobState::isEnd);
        return transfers.jobs().list(JobFilter.in(states, MOST_OPEN)).stream()
                .filter(job -> job.wanted().kind().equals(ArchiveKind.NAME))
                .filter(job -> ArchiveJson.read(job.wanted().request(), ArchiveRequest.class)
                        .archive()
                        .equals(task))
                .findFirst();
    }

    private static Resource resource(String task) {
        return new Resource("archive", task);
    }

    private Job submit(String id, ArchiveRequest request, String submitter) {
        ArchiveSettings task = find(request.archive());
        return transfers
                .jobs()
                .submit(new NewJob(
                                id,
                                ArchiveKind.NAME,
                                ArchiveJson.write(request),
                                null,
                                source(task),
                                target(task),
                                0,
                                null,
                                submitter,
                                "",
                                null)
                        .taking(Set.of(resource(task.name()))));
    }

    private ArchiveSettings find(String task) {
        return Optional.ofNullable(settings.get(task))
                .orElseThrow(() -> new IllegalArgumentException("there is no archive task '" + task + "'"));
    }

    private String source(ArchiveSettings task) {
        Path folder = task.source().folder();
        return folder != null
                ? folder.toString()
                : place(task.source().bucket(), task.source().beginning());
    }

    private String target(ArchiveSettings task) {
        return task.source().folder() != null
                ? "*:" + task.target().beginning()
                : place(task.target().bucket(), task.target().beginning());
    }

    private String place(@Nullable String bucket, String prefix) {
        return Objects.requireNonNullElse(bucket, Objects.requireNonNullElse(defaultBucket, "")) + ":" + prefix;
    }

    /**
     * Runs a task now.
     *
     * @param all whether files are put into archives that need not wait for others
     * @param submitter who asks for it
     * @return the id of the job
     * @throws IllegalArgumentException there is no such task
     */
    public String run(String task, boolean all, String submitter) throws RunningArchiveException {
        ArchiveSettings known = find(task);
        Optional<Job> open = open(known.name());
        if (open.isPresent()) {
            throw new RunningArchiveException(task, open.get().id());
        }
        return submit(UUID.randomUUID().toString(), new ArchiveRequest(task, all), submitter)
                .id();
    }

    /**
     * Makes archived files objects again, at their own keys, in a job of the kind {@code archive-extract}. An object
     * that is there stays; so do the archives.
     *
     * @param key of one file; if it ends with a slash or is empty, the beginning of the keys of all
     * @param submitter who asks for it
     * @return the id of the job
     * @throws NoSuchElementException no archived file is shown there
     */
    public String extract(String bucket, String key, String submitter) {
        ExtractionRequest request = new ExtractionRequest(bucket, key);
        boolean isShown = request.isPrefix()
                ? !table.list(bucket, key, false, null, 1).objects().isEmpty()
                : table.find(new ObjectKey(bucket, key)).isPresent();
        if (!isShown) {
            throw new NoSuchElementException("no archived file is shown at " + request.place());
        }
        return transfers
                .jobs()
                .submit(new NewJob(
                        null,
                        ExtractionKind.NAME,
                        ArchiveJson.write(request),
                        null,
                        request.place(),
                        request.place(),
                        0,
                        null,
                        submitter,
                        "",
                        null))
                .id();
    }

    /** All tasks, in the order of the configuration. Does not block. */
    public List<ArchiveTask> tasks() {
        return settings.values().stream()
                .map(task -> new ArchiveTask(task, source(task), target(task), next.get(task.name())))
                .toList();
    }

    /** What this gateway has done since it started, for each task. Does not block. */
    public Map<String, ArchiveCounters> counters() {
        return Map.copyOf(counters);
    }

    /** Lists archives, the oldest first. */
    public List<Archive> list(@Nullable UUID after, int limit) {
        return table.archives(after == null ? null : archive(after).orElse(null), limit);
    }

    /** An archive, if it is known. */
    public Optional<Archive> archive(UUID id) {
        return table.archive(id);
    }

    /**
     * Lists members of an archive, in their order.
     *
     * @param after a position; -1 to begin with the first
     */
    public List<ArchivedObject> members(UUID archive, int after, int limit) {
        return table.members(archive, after, limit);
    }

    /**
     * Finds archived objects by their keys, those too whose paths show other files by now.
     *
     * @param pattern has {@code *} and {@code ?} for any characters, slashes too
     */
    public List<ArchivedObject> find(String pattern, int limit) {
        return table.search(pattern, limit);
    }

    /**
     * Reads an archive, and compares each member with what is recorded. Blocks for the store, for as long as reading the
     * archive takes.
     *
     * @return how many members it has
     * @throws IOException the archive is gone, was changed, or is damaged; or the store fails. The message is for people
     * @throws NoSuchElementException there is no such archive
     */
    public long verify(UUID id) throws IOException {
        Archive archive = archive(id).orElseThrow();
        ObjectInfo object = store.head(archive.key()).orElseThrow(() -> new IOException(archive.key() + " is gone"));
        if (!object.etag().equals(archive.etag())) {
            throw new IOException(
                    archive.key() + " was replaced: its ETag is " + object.etag() + ", and was " + archive.etag());
        }
        long verified = ArchiveVerification.verify(store, object, archive.format(), new Members(id), "", () -> {});
        if (verified != archive.members()) {
            throw new IOException(
                    verified + " of " + archive.members() + " members of " + archive.key() + " are recorded");
        }
        return verified;
    }

    /** The members of an archive, page by page. */
    private final class Members implements Iterator<ArchiveMember> {
        private final UUID archive;
        private Iterator<ArchivedObject> page = Collections.emptyIterator();
        private int last = -1;

        Members(UUID archive) {
            this.archive = archive;
        }

        @Override
        public boolean hasNext() {
            if (!page.hasNext()) {
                page = table.members(archive, last, PAGE).iterator();
            }
            return page.hasNext();
        }

        @Override
        public ArchiveMember next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            ArchivedObject object = page.next();
            last = object.position();
            return object.member();
        }
    }
}

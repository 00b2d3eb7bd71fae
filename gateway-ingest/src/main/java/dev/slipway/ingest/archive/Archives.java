package dev.slipway.ingest.archive;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ReadReservations;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.ingest.schedule.ScheduledTasks;
import dev.slipway.ingest.schedule.TaskSchedule;
import dev.slipway.ingest.schedule.Timetable;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The archive tasks of a gateway, and the archives that were made. Runs tasks when they are due or when somebody asks,
 * each as a job of the kind {@code archive}. Gateways that share a database share the schedules. All calls block for the
 * database and may come from any thread.
 */
public final class Archives implements AutoCloseable {
    private final Map<String, ArchiveSettings> settings = new LinkedHashMap<>();
    private final Map<String, ArchiveCounters> counters = new LinkedHashMap<>();
    private final Transfers transfers;
    private final ObjectStore store;
    private final ArchiveTable table;
    private final Manifests manifests;
    private final @Nullable String defaultBucket;
    private final ScheduledTasks schedules;

    /**
     * Runs nothing before {@link #start}.
     *
     * @param tasks valid settings, each with another name
     * @param manifest where members are listed besides the database
     * @param transfers not started yet; closed by the caller, after this
     * @param database likewise
     * @param store counts what is stored, and shows no archived objects
     * @param reads of the same store
     * @param defaultBucket of settings that name none; null if there is none
     * @throws RuntimeException if the CA file of {@code manifest} cannot be used; the message is for people
     */
    public Archives(
            List<ArchiveSettings> tasks,
            ManifestSettings manifest,
            Transfers transfers,
            ObjectFileSystems fileSystems,
            StateDatabase database,
            ObjectStore store,
            ReadReservations reads,
            @Nullable String defaultBucket,
            Clock clock) {
        Map<String, Timetable> timetables = new LinkedHashMap<>();
        for (ArchiveSettings task : tasks) {
            settings.put(task.name(), task);
            counters.put(task.name(), new ArchiveCounters());
            timetables.put(task.name(), task.timetable());
        }
        this.transfers = transfers;
        this.store = store;
        this.table = new ArchiveTable(database);
        this.manifests = new Manifests(manifest, table, transfers, fileSystems, database, store, clock);
        this.defaultBucket = defaultBucket;
        this.schedules =
                new ScheduledTasks("archive", "archive task", timetables, new DueRuns(), transfers, database, clock);
        transfers.register(new ArchiveKind(
                settings,
                counters,
                fileSystems,
                new ArchiveRun.Parts(database, store, reads, table, new AttributeTable(database), manifests),
                defaultBucket,
                clock));
        transfers.register(new ExtractionKind(fileSystems, table));
    }

    /** Starts to run tasks by their schedules. A run that was missed while no gateway was up is made up for once. */
    public void start() {
        schedules.start();
        manifests.start();
    }

    /** Stops running tasks by their schedules. Runs under way continue. */
    @Override
    public void close() {
        manifests.close();
        schedules.close();
    }

    private final class DueRuns implements ScheduledTasks.Runs {
        @Override
        public NewJob job(String task, Set<String> due) {
            return newJob(new ArchiveRequest(task, false), ScheduledTasks.SUBMITTER);
        }

        @Override
        public void skipped(String task) {}
    }

    private NewJob newJob(ArchiveRequest request, String submitter) {
        ArchiveSettings task = find(request.archive());
        return new NewJob(
                        UUID.randomUUID().toString(),
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
                .taking(Set.of(new Resource("archive", task.name())));
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
    public String run(String task, boolean all, String submitter) throws RunningTaskException {
        return schedules.run(task, newJob(new ArchiveRequest(task, all), submitter));
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

    /** The manifests of archives. Does not block. */
    public Manifests manifests() {
        return manifests;
    }

    /** All tasks, in the order of the configuration. */
    public List<ArchiveTask> tasks() {
        Map<String, TaskSchedule> present = schedules.all();
        return settings.values().stream()
                .map(task -> new ArchiveTask(
                        task,
                        source(task),
                        target(task),
                        Objects.requireNonNull(present.get(task.name()))
                                .soonest()
                                .orElse(null)))
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
        long verified = ArchiveVerification.verify(
                store, object, archive.format(), new RecordedMembers(table, id), "", () -> {});
        if (verified != archive.members()) {
            throw new IOException(
                    verified + " of " + archive.members() + " members of " + archive.key() + " are recorded");
        }
        return verified;
    }
}

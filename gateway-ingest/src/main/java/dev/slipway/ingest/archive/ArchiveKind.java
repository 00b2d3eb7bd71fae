package dev.slipway.ingest.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Mount;
import dev.slipway.core.event.Origin;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run of an archive task. */
final class ArchiveKind implements JobKind {
    static final String NAME = "archive";

    private static final Logger log = LoggerFactory.getLogger(ArchiveKind.class);

    private final Map<String, ArchiveSettings> tasks;
    private final Map<String, ArchiveCounters> counters;
    private final ObjectFileSystems fileSystems;
    private final ArchiveRun.Parts parts;
    private final @Nullable String defaultBucket;
    private final Clock clock;

    /** @param defaultBucket of settings that name none; null if there is none */
    ArchiveKind(
            Map<String, ArchiveSettings> tasks,
            Map<String, ArchiveCounters> counters,
            ObjectFileSystems fileSystems,
            ArchiveRun.Parts parts,
            @Nullable String defaultBucket,
            Clock clock) {
        this.tasks = Map.copyOf(tasks);
        this.counters = Map.copyOf(counters);
        this.fileSystems = fileSystems;
        this.parts = parts;
        this.defaultBucket = defaultBucket;
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        ArchiveRequest request = ArchiveJson.read(run.job().wanted().request(), ArchiveRequest.class);
        ArchiveSettings settings = task(request);
        ArchiveCounters counts = Objects.requireNonNull(counters.get(settings.name()));
        RunProblems problems = new RunProblems(settings.name());
        boolean succeeded = false;
        try {
            if (settings.source().folder() == null) {
                archive(archiving(settings, request, run, problems), counts);
            } else {
                archiveFolder(settings, request, run, problems, counts);
            }
            ArchiveProgress done = ArchiveProgress.of(run);
            if (!problems.first().isEmpty()) {
                throw JobException.permanent(summary(done) + ". Some files are not in an archive, or not deleted. The"
                        + " first: " + problems.first().getFirst());
            }
            succeeded = true;
            return new JobResult.Done(summary(done));
        } catch (IOException e) {
            run.throwIfStopped();
            throw failure(e);
        } finally {
            counts.ended(succeeded, clock.instant().getEpochSecond());
        }
    }

    private static void archive(ArchiveRun archiving, ArchiveCounters counts)
            throws IOException, JobException, JobStoppedException {
        ArchiveProgress before = archiving.progress();
        try {
            archiving.run();
        } finally {
            counts.made(
                    archiving.progress().archives() - before.archives(),
                    archiving.progress().files() - before.files());
        }
    }

    /** Archives the files of a local folder, bucket by bucket. A bucket that fails does not keep others from it. */
    private void archiveFolder(
            ArchiveSettings settings, ArchiveRequest request, JobRun run, RunProblems problems, ArchiveCounters counts)
            throws IOException, JobException, JobStoppedException {
        String begun = ArchiveProgress.of(run).bucket();
        if (begun != null) {
            archiving(settings, request, run, problems, begun).finishEarlier();
        }
        IOException failed = null;
        for (String bucket : BucketFolders.list(root(settings), problems)) {
            run.throwIfStopped();
            ArchiveRun archiving = archiving(settings, request, run, problems, bucket);
            try {
                archive(archiving, counts);
            } catch (IOException e) {
                run.throwIfStopped();
                log.warn("Archive task {}: the files of bucket {} wait: {}", settings.name(), bucket, e.toString());
                archiving.finishEarlier();
                failed = failed == null ? e : failed;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    private static Path root(ArchiveSettings settings) {
        return Objects.requireNonNull(settings.source().folder()).toAbsolutePath();
    }

    private static String summary(ArchiveProgress done) {
        return done.archives() + (done.archives() == 1 ? " archive" : " archives") + " with " + done.files()
                + (done.files() == 1 ? " file, " : " files, ") + done.bytes()
                + (done.bytes() == 1 ? " byte" : " bytes");
    }

    private ArchiveSettings task(ArchiveRequest request) throws JobException {
        return Optional.ofNullable(tasks.get(request.archive()))
                .orElseThrow(
                        () -> JobException.permanent("there is no archive task '" + request.archive() + "' any more"));
    }

    private ArchiveRun archiving(ArchiveSettings settings, ArchiveRequest request, JobRun run, RunProblems problems)
            throws JobException {
        String from = bucket(settings.source().bucket());
        ArchiveRun.Place place =
                place(settings, run, from, bucket(settings.target().bucket()));
        FileSource source = new BucketSource(from, settings.source().beginning(), place.account(), parts, run);
        return new ArchiveRun(settings, place, source, parts, run, request.all(), clock.instant(), problems);
    }

    /** Likewise for the local files of one bucket. */
    private ArchiveRun archiving(
            ArchiveSettings settings, ArchiveRequest request, JobRun run, RunProblems problems, String bucket) {
        ArchiveRun.Place place = place(settings, run, "", bucket);
        Instant now = clock.instant();
        FileSource source = new FolderSource(root(settings), bucket, parts, run, problems, now);
        return new ArchiveRun(settings, place, source, parts, run, request.all(), now, problems);
    }

    private ArchiveRun.Place place(ArchiveSettings settings, JobRun run, String source, String target) {
        OwnWork work = new OwnWork(Origin.ARCHIVE, settings.name());
        List<Mount> mounts =
                List.of(new Mount(VirtualPath.ROOT, target, settings.target().beginning(), false));
        return new ArchiveRun.Place(
                source,
                target,
                fileSystems.open(work.account(mounts), work.client(run.job().id())),
                work.accountName());
    }

    private String bucket(@Nullable String named) throws JobException {
        if (named == null && defaultBucket == null) {
            throw JobException.permanent("a bucket is not named, and s3.bucket is not set");
        }
        return Objects.requireNonNullElse(named, String.valueOf(defaultBucket));
    }

    private static JobException failure(IOException e) {
        Failure failure = switch (e) {
            case VfsException vfs -> vfs.failure();
            case StoreException store -> store.failure();
            default -> Failure.INTERNAL;
        };
        String message = String.valueOf(e.getMessage());
        return switch (failure) {
            case BUSY, UNAVAILABLE, ABORTED, INTERNAL, INTEGRITY, CONFLICT, NOT_FOUND, ARCHIVED ->
                JobException.temporary(message, e);
            case PERMISSION_DENIED,
                    ALREADY_EXISTS,
                    DIRECTORY_NOT_EMPTY,
                    NOT_A_DIRECTORY,
                    IS_A_DIRECTORY,
                    NAME_INVALID,
                    UNSUPPORTED,
                    QUOTA_EXCEEDED,
                    TOO_LARGE -> JobException.permanent(message, e);
        };
    }

    /** Removes an archive that was not verified. A verified one is finished by the next run of the job, if any. */
    @Override
    public void discard(JobRun run) throws JobException, JobStoppedException {
        ArchiveRequest request = ArchiveJson.read(run.job().wanted().request(), ArchiveRequest.class);
        if (!tasks.containsKey(request.archive())) {
            return;
        }
        ArchiveSettings settings = task(request);
        RunProblems problems = new RunProblems(settings.name());
        String begun = ArchiveProgress.of(run).bucket();
        try {
            if (settings.source().folder() == null) {
                archiving(settings, request, run, problems).finishEarlier();
            } else if (begun != null) {
                archiving(settings, request, run, problems, begun).finishEarlier();
            }
        } catch (IOException e) {
            run.throwIfStopped();
            throw failure(e);
        }
    }
}

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
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A run of an archive task. */
final class ArchiveKind implements JobKind {
    static final String NAME = "archive";

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
        boolean succeeded = false;
        try {
            ArchiveRun archiving = archiving(settings, request, run);
            ArchiveProgress before = archiving.progress();
            ArchiveProgress done;
            try {
                done = archiving.run();
            } finally {
                counts.made(
                        archiving.progress().archives() - before.archives(),
                        archiving.progress().files() - before.files());
            }
            if (!archiving.problems().isEmpty()) {
                throw JobException.permanent(summary(done) + ". Some files are not in an archive. The first: "
                        + archiving.problems().getFirst());
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

    private ArchiveRun archiving(ArchiveSettings settings, ArchiveRequest request, JobRun run) throws JobException {
        String target = bucket(settings.target().bucket());
        OwnWork work = new OwnWork(Origin.ARCHIVE, settings.name());
        List<Mount> mounts =
                List.of(new Mount(VirtualPath.ROOT, target, settings.target().beginning(), false));
        ArchiveRun.Place place = new ArchiveRun.Place(
                bucket(settings.source().bucket()),
                target,
                fileSystems.open(work.account(mounts), work.client(run.job().id())),
                work.accountName());
        return new ArchiveRun(settings, place, parts, run, request.all(), clock.instant());
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
        if (tasks.containsKey(request.archive())) {
            try {
                archiving(task(request), request, run).finishEarlier();
            } catch (IOException e) {
                run.throwIfStopped();
                throw failure(e);
            }
        }
    }
}

package dev.slipway.ingest.retention;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Mount;
import dev.slipway.core.event.Origin;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.ingest.target.TargetSettings;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.StoredJson;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A run of a retention task. Repeating it is harmless: what an earlier attempt has dealt with is gone. */
final class RetentionKind implements JobKind {
    static final String NAME = "retention";

    private final Map<String, RetentionSettings> tasks;
    private final Map<String, RetentionCounters> counters;
    private final RetentionPlace.Finder places;
    private final ObjectFileSystems fileSystems;
    private final ObjectStore store;
    private final ArchiveTable archives;
    private final RetentionTable table;
    private final Clock clock;

    /** @param store to list; shows no archived objects */
    RetentionKind(
            Map<String, RetentionSettings> tasks,
            Map<String, RetentionCounters> counters,
            RetentionPlace.Finder places,
            ObjectFileSystems fileSystems,
            ObjectStore store,
            ArchiveTable archives,
            RetentionTable table,
            Clock clock) {
        this.tasks = Map.copyOf(tasks);
        this.counters = Map.copyOf(counters);
        this.places = places;
        this.fileSystems = fileSystems;
        this.store = store;
        this.archives = archives;
        this.table = table;
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        RetentionRequest request = StoredJson.read(run.job().wanted().request(), RetentionRequest.class);
        RetentionSettings settings = Optional.ofNullable(tasks.get(request.task()))
                .orElseThrow(
                        () -> JobException.permanent("there is no retention task '" + request.task() + "' any more"));
        boolean isDry = request.dryRun() || settings.dryRun();
        String job = run.job().id();
        Optional<RetentionHistoryEntry> earlier = table.find(job);
        RetentionReport before = isDry
                ? RetentionReport.NOTHING
                : earlier.map(RetentionHistoryEntry::report).orElse(RetentionReport.NOTHING);
        Instant begun = earlier.map(RetentionHistoryEntry::begun).orElseGet(clock::instant);
        RetentionTally tally = new RetentionTally(settings.name(), before);
        RetentionRequest told = new RetentionRequest(request.task(), isDry);
        Runnable keepReport = () -> table.putRun(job, told, begun, tally.report());
        boolean isDone = false;
        try {
            retention(settings, run, tally).run(isDry, keepReport);
            isDone = tally.report().failed() == 0;
        } catch (StoreException e) {
            run.throwIfStopped();
            throw JobException.of(e, "the files could not be listed: " + e.getMessage());
        } finally {
            keepReport.run();
            if (!isDry) {
                RetentionReport report = tally.report();
                Objects.requireNonNull(counters.get(settings.name()))
                        .ended(
                                isDone,
                                report.done() - before.done(),
                                report.bytes() - before.bytes(),
                                clock.instant().getEpochSecond());
            }
        }
        RetentionReport report = tally.report();
        String summary = report.summary(settings.action(), isDry);
        if (report.failed() > 0) {
            // Not to be tried again by this job: the next run does that.
            throw JobException.permanent(summary + ". The next run tries again. The first problem: "
                    + report.problems().getFirst());
        }
        return new JobResult.Done(summary);
    }

    private RetentionRun retention(RetentionSettings settings, JobRun run, RetentionTally tally) throws JobException {
        RetentionSettings.Source from = settings.source();
        RetentionPlace source = places.find(from.account(), from.folder(), from.bucket(), from.prefix());
        RetentionPlace target = target(settings);
        if (target != null && source.contains(target.bucket(), target.prefix())) {
            throw JobException.permanent("the target " + target.bucket() + ":" + target.prefix()
                    + " lies within the source: files that were moved there would be moved again");
        }
        List<Mount> mounts = Stream.of(Optional.of(source), Optional.ofNullable(target))
                .flatMap(Optional::stream)
                .map(RetentionPlace::bucket)
                .distinct()
                .map(bucket -> new Mount(VirtualPath.ROOT.child(bucket), bucket, "", false))
                .toList();
        OwnWork work = new OwnWork(Origin.RETENTION, settings.name());
        VirtualFileSystem files =
                fileSystems.open(work.account(mounts), work.client(run.job().id()));
        return new RetentionRun(settings, run, tally, store, archives, files, source, target, clock.instant());
    }

    private @Nullable RetentionPlace target(RetentionSettings settings) throws JobException {
        TargetSettings to = settings.target();
        return settings.action() == RetentionSettings.Aging.DELETE
                ? null
                : places.find(to.account(), to.folder(), to.bucket(), to.prefix());
    }

    /** What a run has not dealt with is left to the next one. */
    @Override
    public void discard(JobRun run) {}
}

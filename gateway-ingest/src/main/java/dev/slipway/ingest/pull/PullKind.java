package dev.slipway.ingest.pull;

import dev.slipway.core.event.Origin;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.ingest.target.OpenTarget;
import dev.slipway.ingest.target.TargetException;
import dev.slipway.ingest.target.Targets;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.Remotes;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A run of a pull. */
final class PullKind implements JobKind {
    static final String NAME = "pull";

    private final Map<String, PullSettings> pulls;
    private final Remotes remotes;
    private final RemoteClient client;
    private final Targets targets;
    private final StateDatabase database;
    private final PartPool memory;
    private final Clock clock;
    private final PullRunTable runs;
    private final Map<String, PullCounters> counters;

    /** The pulls whose records of earlier settings have been removed. */
    private final Set<String> tidied = ConcurrentHashMap.newKeySet();

    /** @param memory for the ranges of files that are read ahead */
    PullKind(
            Map<String, PullSettings> pulls,
            Remotes remotes,
            RemoteClient client,
            Targets targets,
            StateDatabase database,
            PartPool memory,
            Map<String, PullCounters> counters,
            Clock clock) {
        this.pulls = Map.copyOf(pulls);
        this.remotes = remotes;
        this.client = client;
        this.targets = targets;
        this.database = database;
        this.memory = memory;
        this.clock = clock;
        this.runs = new PullRunTable(database);
        this.counters = Map.copyOf(counters);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        PullRequest request = StoredJson.read(run.job().wanted().request(), PullRequest.class);
        PullSettings settings = Optional.ofNullable(pulls.get(request.pull()))
                .orElseThrow(() -> JobException.permanent("there is no pull '" + request.pull() + "' any more"));
        Remote remote = remotes.find(settings.remote())
                .orElseThrow(() -> JobException.permanent(
                        "there is no remote '" + settings.remote() + "'; add it: slipway remote add"));
        OpenTarget target = open(settings, run);
        PullTally tally = new PullTally(settings.name());
        // Of earlier attempts: what they have stored stays stored.
        if (!request.dryRun()) {
            runs.find(run.job().id()).ifPresent(earlier -> tally.carry(earlier.report()));
        }
        Instant begun = clock.instant();
        Runnable keepReport = () -> runs.put(run.job().id(), request, begun, tally.report());
        boolean done = false;
        run.progress("connecting", 0, -1, 0, -1);
        try (RemoteConnection connection = client.lease(remote)) {
            // Everything that waits for the remote then fails, which counts as a stop.
            run.onStop(connection::close);
            run.throwIfStopped();
            SourceDigest digests =
                    new SourceDigest(connection, capabilities(remote, settings, connection), settings.verify());
            PulledFiles known = new PulledFiles(database, settings);
            try (ReadChannels channels = new ReadChannels(connection, remote.maxChannels())) {
                run.onStop(channels::close);
                FilePull files = new FilePull(
                        settings,
                        run,
                        tally,
                        connection,
                        target.files(),
                        known,
                        new RangedCopy(channels, memory, work(settings).accountName()),
                        digests,
                        clock);
                run.onStop(files::end);
                PullTask task = new PullTask(run, request, settings, target, connection, known, files, tally);
                new PullWork(task, begun, keepReport, () -> forgetOtherPlaces(settings, known), clock).run();
            }
            connection.release();
            done = tally.report().failed() == 0;
        } catch (RemoteException e) {
            run.throwIfStopped();
            String message = String.valueOf(e.getMessage());
            throw e.failure().isTemporary() ? JobException.temporary(message, e) : JobException.permanent(message, e);
        } finally {
            keepReport.run();
            if (!request.dryRun()) {
                Objects.requireNonNull(counters.get(settings.name()))
                        .ended(done, tally.report().failed(), clock.instant().getEpochSecond());
            }
        }
        return result(request, tally.report());
    }

    /** Once after each start is enough: the settings do not change meanwhile. */
    private void forgetOtherPlaces(PullSettings settings, PulledFiles known) {
        if (tidied.add(settings.name())) {
            known.forgetOtherPlaces();
        }
    }

    private static JobResult result(PullRequest request, PullReport report) throws JobException {
        String summary = report.summary(request.dryRun());
        if (report.failed() > 0) {
            // Not to be tried again by this job: the next run does that.
            throw JobException.permanent(summary + ". The next run tries again. The first problem: "
                    + report.problems().getFirst());
        }
        return new JobResult.Done(summary);
    }

    private static OwnWork work(PullSettings settings) {
        return new OwnWork(Origin.PULL, settings.name());
    }

    private OpenTarget open(PullSettings settings, JobRun run) throws JobException {
        try {
            return targets.open(settings.target(), work(settings), run.job().id());
        } catch (TargetException e) {
            throw JobException.permanent(String.valueOf(e.getMessage()), e);
        }
    }

    /** What is known of a remote is kept. */
    private Capabilities capabilities(Remote remote, PullSettings settings, RemoteConnection connection)
            throws RemoteException {
        if (settings.verify() == PullSettings.Verification.SIZE) {
            return new Capabilities(Set.of(), false, Set.of());
        }
        Optional<Capabilities> known = remotes.capabilities(remote.name());
        if (known.isPresent()) {
            return known.get();
        }
        Capabilities found = connection.probe();
        remotes.remember(remote.name(), found);
        return found;
    }

    /** What a run leaves is of use to the next one: delivered files, and uploads that it resumes. */
    @Override
    public void discard(JobRun run) {}
}

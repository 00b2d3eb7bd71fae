package dev.slipway.ingest.pull;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The work of one run: lists the source, decides for each file, and has several files fetched at once. Memory use is that
 * of {@link SourceTree}, of {@value #BATCH} files and of those being fetched.
 */
final class PullWork {
    /** How many files are compared with the database at once. */
    private static final int BATCH = 500;

    /** Two looks at a file that agree must be as far apart: a writer may pause for a moment. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);

    private final PullTask task;
    private final JobRun run;
    private final PullRequest request;
    private final PullSettings settings;
    private final PulledFiles known;
    private final FilePull files;
    private final PullTally tally;
    private final Instant begun;
    private final Runnable keepReport;
    private final Runnable whenComplete;
    private final Clock clock;

    /** What ends the run: the connection is lost, or the store or the database cannot be reached. */
    private final AtomicReference<@Nullable Exception> fatal = new AtomicReference<>();

    /**
     * @param keepReport keeps what was done so far, in case that the gateway is killed; may block
     * @param whenComplete called at the end if all of the source was listed and nothing has failed; may block
     */
    PullWork(PullTask task, Instant begun, Runnable keepReport, Runnable whenComplete, Clock clock) {
        this.task = task;
        this.run = task.run();
        this.request = task.request();
        this.settings = task.settings();
        this.known = task.known();
        this.files = task.files();
        this.tally = task.tally();
        this.begun = begun;
        this.keepReport = keepReport;
        this.whenComplete = whenComplete;
        this.clock = clock;
    }

    /** Blocks until all files were looked at, and fetched if necessary. */
    void run() throws JobException, JobStoppedException, RemoteException {
        if (request.full()) {
            findStored();
        }
        Semaphore places = new Semaphore(settings.maxFiles());
        boolean complete;
        try (SourceTree tree = new SourceTree(task.connection(), settings, tally);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual()
                        .name("pull-" + settings.name() + "-", 0)
                        .factory())) {
            List<SourceFile> batch = tree.next(BATCH);
            while (!batch.isEmpty() && fatal.get() == null) {
                compare(batch, threads, places);
                keepReport.run();
                batch = tree.next(BATCH);
            }
            complete = tree.isComplete();
        }
        run.throwIfStopped();
        throwFatal();
        if (request.full() && settings.vanished() != PullSettings.Vanished.KEEP) {
            new VanishedFiles(task).remove(complete);
        }
        if (complete && !request.dryRun()) {
            known.forgetLooksBefore(begun);
            if (tally.report().failed() == 0) {
                whenComplete.run();
            }
        }
    }

    private void findStored() throws JobException, JobStoppedException {
        files.progress("listing the target");
        try {
            new StoredFiles(task).confirm();
        } catch (VfsException e) {
            throw JobException.temporary(e.getMessage(), e);
        }
    }

    private void throwFatal() throws JobException, RemoteException {
        switch (fatal.get()) {
            case null -> {}
            case RemoteException e -> throw e;
            case VfsException e -> throw JobException.temporary(e.getMessage(), e);
            case RuntimeException e -> throw e;
            case Exception e -> throw JobException.temporary("the work was interrupted", e);
        }
    }

    private void compare(List<SourceFile> batch, ExecutorService threads, Semaphore places)
            throws JobException, JobStoppedException {
        tally.found(batch.size());
        if (request.full() && !request.dryRun() && settings.vanished() != PullSettings.Vanished.KEEP) {
            known.seen(run.job().id(), batch);
        }
        Map<String, PulledFiles.Delivered> delivered = known.delivered(batch);
        Map<String, PulledFiles.Look> looks = known.looks(batch);
        for (SourceFile file : batch) {
            run.throwIfStopped();
            if (fatal.get() != null) {
                return;
            }
            PulledFiles.Delivered before = delivered.get(file.path());
            boolean isDelivered = before != null
                    && file.isSame(before.file().size(), before.file().modified());
            boolean isKnownToBeThere =
                    before != null && before.confirmed().equals(run.job().id());
            if (isDelivered
                    && (!request.full() || isKnownToBeThere)
                    && settings.afterwards() == PullSettings.Afterwards.LEAVE) {
                tally.unchanged();
                continue;
            }
            Optional<VirtualPath> path = before != null && isDelivered ? stored(before) : path(file);
            if (path.isEmpty()) {
                continue;
            }
            acquire(places);
            threads.execute(() -> {
                try {
                    one(file, path.get(), isDelivered, isKnownToBeThere, looks.get(file.path()));
                } catch (RemoteException | VfsException | RuntimeException | InterruptedException e) {
                    failed(file, e);
                } finally {
                    files.progress("pulling");
                    places.release();
                }
            });
        }
    }

    private static void acquire(Semaphore places) throws JobException {
        try {
            places.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary("the work was interrupted", e);
        }
    }

    /** Where a delivered file is; a template with the time would give another path now. */
    private Optional<VirtualPath> stored(PulledFiles.Delivered before) {
        try {
            return Optional.of(VirtualPath.parse(before.target()));
        } catch (VfsException e) {
            tally.invalid(before.file().path(), e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<VirtualPath> path(SourceFile file) {
        try {
            return Optional.of(task.target()
                    .path(new KeyValues(
                            file.path(),
                            settings.name(),
                            task.target().account(),
                            run.job().id(),
                            run.job().created())));
        } catch (VfsException e) {
            tally.invalid(file.path(), e.getMessage());
            return Optional.empty();
        }
    }

    private void failed(SourceFile file, Exception e) {
        boolean isFatal = switch (e) {
            case RemoteException failure -> SourceTree.isLost(failure);
            case VfsException failure -> failure.failure() == Failure.UNAVAILABLE;
            default -> true;
        };
        if (isFatal) {
            fatal.compareAndSet(null, e);
        } else if (e instanceof VfsException failure && failure.failure() == Failure.NAME_INVALID) {
            tally.invalid(file.path(), failure.getMessage());
        } else if (!(e instanceof RemoteException failure) || failure.failure() != RemoteFailure.NOT_FOUND) {
            tally.failed(file.path(), String.valueOf(e.getMessage()));
        }
    }

    /** Does what is to be done for one file. */
    private void one(
            SourceFile file,
            VirtualPath path,
            boolean isDelivered,
            boolean isKnownToBeThere,
            PulledFiles.@Nullable Look look)
            throws RemoteException, VfsException, InterruptedException {
        if (isDelivered && (!request.full() || isKnownToBeThere || isThere(file, path))) {
            tally.unchanged();
            if (!request.dryRun()) {
                files.settle(file);
            }
            return;
        }
        if (!isDelivered && request.full() && isThere(file, path)) {
            tally.unchanged();
            if (!request.dryRun()) {
                known.delivered(run.job().id(), file, path.toString());
                files.settle(file);
            }
            return;
        }
        if (!isSettled(file, look)) {
            tally.waiting();
            if (!request.dryRun()) {
                known.look(file, clock.instant(), null);
            }
            return;
        }
        if (request.dryRun()) {
            tally.wouldStore(file);
            return;
        }
        switch (files.pull(file, path, look)) {
            case FilePull.Outcome.Stored(SourceFile stored) -> {
                tally.stored(stored.size());
                files.settle(stored);
            }
            case FilePull.Outcome.Growing() -> tally.waiting();
            case FilePull.Outcome.Gone() -> {}
            case FilePull.Outcome.Failed(String reason) -> tally.failed(file.path(), reason);
        }
    }

    private boolean isThere(SourceFile file, VirtualPath path) throws VfsException {
        Optional<FileEntry> entry = files.stat(path);
        return entry.filter(there -> FilePull.isStored(file, there)).isPresent();
    }

    /** Whether nobody writes to a file any more, as far as can be seen. */
    private boolean isSettled(SourceFile file, PulledFiles.@Nullable Look look) {
        Instant now = clock.instant();
        return settings.settledAfter().isZero()
                || file.isUnchangedSince(now.minus(settings.settledAfter()))
                || (look != null
                        && file.isSame(look.file().size(), look.file().modified())
                        && (look.target() != null || !look.at().isAfter(now.minus(BETWEEN_LOOKS))));
    }
}

package dev.slipway.ingest.archive;

import dev.slipway.core.VfsException;
import dev.slipway.core.archive.ArchivedPage;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Makes archived files objects again, at their own keys. An object that is there stays. The archives stay, too. If it
 * is repeated after a crash, it finds what is an object already, and goes on.
 */
final class ExtractionKind implements JobKind {
    static final String NAME = "archive-extract";

    private static final int PAGE = 64;

    /** The store extracts no more at once. */
    private static final int AT_ONCE = 8;

    private final ObjectFileSystems fileSystems;
    private final ArchiveTable table;

    ExtractionKind(ObjectFileSystems fileSystems, ArchiveTable table) {
        this.fileSystems = fileSystems;
        this.table = table;
    }

    /** What has become of a file. */
    private sealed interface Outcome {
        record Extracted(long size) implements Outcome {}

        record Present() implements Outcome {}

        record Failed(String sentence) implements Outcome {}
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        ExtractionRequest request = ArchiveJson.read(run.job().wanted().request(), ExtractionRequest.class);
        ExtractionProgress progress = run.checkpoint().isEmpty()
                ? ExtractionProgress.NOTHING
                : ArchiveJson.read(run.checkpoint(), ExtractionProgress.class);
        try (ExecutorService threads = Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofVirtual().name("archive-extract").factory())) {
            boolean hasMore = true;
            while (hasMore) {
                run.throwIfStopped();
                run.progress("extracting", progress.bytes(), -1, progress.files(), -1);
                ArchivedPage page = page(request, progress);
                progress = extract(run, page.objects(), threads, progress);
                run.save(ArchiveJson.write(progress));
                hasMore = page.hasMore();
            }
        }
        if (progress.failed() > 0) {
            // Somebody who repairs the cause and retries the job wants them tried again.
            run.save(ArchiveJson.write(progress.again()));
            throw JobException.permanent(summary(progress) + ". Some could not be extracted: " + progress.failed()
                    + ". The first: " + progress.problem());
        }
        return new JobResult.Done(summary(progress));
    }

    private ArchivedPage page(ExtractionRequest request, ExtractionProgress progress) {
        if (request.isPrefix()) {
            return table.list(request.bucket(), request.key(), false, progress.last(), PAGE);
        }
        // One that is an object already is no longer shown. The longer keys that begin with this one are not wanted.
        List<ObjectInfo> one = progress.last() == null
                ? table.list(request.bucket(), request.key(), false, null, 1).objects().stream()
                        .filter(object -> object.key().key().equals(request.key()))
                        .toList()
                : List.of();
        return new ArchivedPage(one, List.of(), false);
    }

    private ExtractionProgress extract(
            JobRun run, List<ObjectInfo> members, ExecutorService threads, ExtractionProgress before)
            throws JobException, JobStoppedException {
        List<Future<Outcome>> outcomes = new ArrayList<>();
        for (ObjectInfo member : members) {
            outcomes.add(threads.submit(() -> {
                run.throwIfStopped();
                return extract(member);
            }));
        }
        ExtractionProgress progress = before;
        try {
            for (Future<Outcome> outcome : outcomes) {
                progress = switch (outcome.get()) {
                    case Outcome.Extracted extracted -> progress.withFile(extracted.size());
                    case Outcome.Present _ -> progress.withPresent();
                    case Outcome.Failed failed -> progress.withFailure(failed.sentence());
                };
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof JobStoppedException stopped) {
                throw stopped;
            }
            if (e.getCause() instanceof StoreException failure) {
                throw JobException.of(failure, String.valueOf(failure.getMessage()));
            }
            if (e.getCause() instanceof VfsException failure) {
                throw JobException.of(failure.failure(), failure.getMessage(), failure);
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            outcomes.forEach(outcome -> outcome.cancel(true));
        }
        return members.isEmpty()
                ? progress
                : progress.upTo(members.getLast().key().key());
    }

    private Outcome extract(ObjectInfo member) throws IOException {
        try {
            return attempt(member);
        } catch (StoreException e) {
            return switch (e.failure()) {
                // There is an object by now, perhaps this one: an answer may have been lost.
                case CONFLICT -> attempt(member);
                case INTEGRITY, ARCHIVED -> new Outcome.Failed(String.valueOf(e.getMessage()));
                default -> throw e;
            };
        }
    }

    private Outcome attempt(ObjectInfo member) throws IOException {
        return fileSystems
                .extract(member.key())
                .<Outcome>map(object -> new Outcome.Extracted(object.size()))
                .orElseGet(Outcome.Present::new);
    }

    private static String summary(ExtractionProgress done) {
        return done.files()
                + (done.files() == 1 ? " file, " : " files, ")
                + done.bytes()
                + (done.bytes() == 1 ? " byte" : " bytes")
                + (done.present() == 0
                        ? ""
                        : "; " + done.present() + " left, since their paths have an object or were deleted");
    }

    /** What was extracted stays. */
    @Override
    public void discard(JobRun run) {}
}

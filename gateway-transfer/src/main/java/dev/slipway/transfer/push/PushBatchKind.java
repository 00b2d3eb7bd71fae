package dev.slipway.transfer.push;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.job.BatchProgress;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.Remotes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Pushes many files: creates a job for each, and waits for them. */
final class PushBatchKind implements JobKind {
    static final String NAME = "push-batch";

    private static final int PAGE = 1000;
    private static final Duration NEXT_LOOK = Duration.ofSeconds(1);

    private final Sources sources;
    private final SentTable sent;
    private final Remotes remotes;
    private final PushRights rights;
    private final Supplier<Jobs> jobs;

    PushBatchKind(Sources sources, SentTable sent, Remotes remotes, PushRights rights, Supplier<Jobs> jobs) {
        this.sources = sources;
        this.sent = sent;
        this.remotes = remotes;
        this.rights = rights;
        this.jobs = jobs;
    }

    @Override
    public String name() {
        return NAME;
    }

    /**
     * The progress of the listing.
     *
     * @param cursor the cursor of the next page; null at the beginning and at the end
     * @param listed whether all pages were processed
     */
    private record Listing(@Nullable String cursor, boolean listed) {}

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        Job job = run.job();
        PushRequest request = StoredJson.read(job.wanted().request(), PushRequest.class);
        Remote remote = PushKind.find(remotes, String.valueOf(job.wanted().remote()));
        PushKind.require(rights, request, job.wanted().submitter(), remote);
        Listing listing = run.checkpoint().isEmpty()
                ? new Listing(null, false)
                : StoredJson.read(run.checkpoint(), Listing.class);
        Selection selection = new Selection(request);
        while (!listing.listed()) {
            run.throwIfStopped();
            ObjectPage page = page(request, listing.cursor());
            for (ObjectInfo object : wanted(request, selection, page.objects())) {
                String name = object.key().key().substring(request.key().length());
                jobs.get().submit(part(job, request, object, name));
            }
            listing = new Listing(page.next(), page.next() == null);
            run.save(StoredJson.write(listing));
            BatchProgress now = jobs.get().progress(job.id());
            run.progress("listing", now.bytesDone(), -1, now.succeeded(), -1);
        }
        BatchProgress now = jobs.get().progress(job.id());
        run.progress("files", now.bytesDone(), -1, now.succeeded(), now.total());
        if (now.open() > 0) {
            return new JobResult.LookAgain(NEXT_LOOK);
        }
        if (now.succeeded() < now.total()) {
            throw JobException.permanent(now.total() - now.succeeded() + " of " + files(now.total())
                    + " were not sent; retry them, then this job");
        }
        return new JobResult.Done(files(now.total()) + ", " + now.bytesDone() + " bytes");
    }

    private static String files(long count) {
        return count + (count == 1 ? " file" : " files");
    }

    private List<ObjectInfo> wanted(PushRequest request, Selection selection, List<ObjectInfo> objects) {
        List<ObjectInfo> taken = objects.stream()
                .filter(object -> selection.takes(
                        object.key().key().substring(request.key().length())))
                .toList();
        String place = request.newer();
        if (place == null) {
            return taken;
        }
        Map<String, String> known = sent.versions(
                place, taken.stream().map(object -> object.key().key()).toList());
        return taken.stream()
                .filter(object ->
                        !object.version().equals(known.get(object.key().key())))
                .toList();
    }

    private ObjectPage page(PushRequest request, @Nullable String cursor) throws JobException {
        try {
            return sources.store().list(request.bucket(), request.key(), false, cursor, PAGE);
        } catch (StoreException e) {
            throw ObjectSource.failure(e);
        }
    }

    /** Which of the keys below the prefix are meant. */
    private static final class Selection {
        private final Pattern pattern;
        private final List<Pattern> include;
        private final List<Pattern> exclude;

        Selection(PushRequest request) {
            pattern = NamePattern.compile(String.valueOf(request.pattern()));
            include = request.include().stream().map(NamePattern::compile).toList();
            exclude = request.exclude().stream().map(NamePattern::compile).toList();
        }

        boolean takes(String name) {
            // The marker of a directory is no file.
            return !name.isEmpty()
                    && !name.endsWith("/")
                    && pattern.matcher(name).matches()
                    && (include.isEmpty() || matches(include, name))
                    && !matches(exclude, name);
        }

        private static boolean matches(List<Pattern> patterns, String name) {
            return patterns.stream().anyMatch(one -> one.matcher(name).matches());
        }
    }

    /** The same object always leads to the same job, so that a page may be processed twice. */
    private static NewJob part(Job job, PushRequest request, ObjectInfo object, String name) {
        NewJob wanted = job.wanted();
        String key = object.key().key();
        String id = UUID.nameUUIDFromBytes((job.id() + '\n' + key).getBytes(StandardCharsets.UTF_8))
                .toString();
        String path = Destination.in(request.path(), name);
        PushRequest part = new PushRequest(
                request.bucket(),
                key,
                null,
                null,
                null,
                null,
                path,
                key.substring(key.lastIndexOf('/') + 1),
                true,
                List.of(),
                List.of(),
                request.newer(),
                request.overwrite(),
                true,
                request.mode(),
                request.authority());
        return new NewJob(
                        id,
                        PushKind.NAME,
                        StoredJson.write(part),
                        wanted.remote(),
                        SourceNames.ofPart(wanted.source(), object.key().bucket(), key, name),
                        wanted.remote() + ":" + path,
                        wanted.priority(),
                        wanted.deadline(),
                        wanted.submitter(),
                        wanted.correlation(),
                        job.id())
                .retrying(wanted.retries());
    }

    /** The parts remove their own leftovers. */
    @Override
    public void discard(JobRun run) {}
}

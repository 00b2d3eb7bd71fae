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
     * @param matched whether an object was found; null where an earlier version has kept it
     */
    private record Listing(
            @Nullable String cursor,
            boolean listed,
            @Nullable Boolean matched) {
        boolean isEmpty() {
            return listed && matched != null && !matched;
        }
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        Job job = run.job();
        PushRequest request = StoredJson.read(job.wanted().request(), PushRequest.class);
        Remote remote = PushKind.find(remotes, String.valueOf(job.wanted().remote()));
        PushKind.require(rights, request, job.wanted().submitter(), remote);
        Listing listing = run.checkpoint().isEmpty()
                ? new Listing(null, false, false)
                : StoredJson.read(run.checkpoint(), Listing.class);
        Selection selection = new Selection(request);
        while (!listing.listed()) {
            run.throwIfStopped();
            ObjectPage page = page(request, listing.cursor());
            List<ObjectInfo> taken = selection.of(page.objects());
            for (ObjectInfo object : unsent(request, taken)) {
                String name = object.key().key().substring(request.key().length());
                jobs.get().submit(part(job, request, object, name));
            }
            Boolean matched = listing.matched() == null ? null : (Boolean) (listing.matched() || !taken.isEmpty());
            listing = new Listing(page.next(), page.next() == null, matched);
            run.save(StoredJson.write(listing));
            BatchProgress now = jobs.get().progress(job.id());
            run.progress("listing", now.bytesDone(), -1, now.succeeded(), -1);
        }
        if (listing.isEmpty() && Boolean.FALSE.equals(request.allowEmpty())) {
            // So that a retry lists again.
            run.save("");
            throw JobException.permanent(
                    "no object matches " + job.wanted().source() + ", and the order does not allow that (allow-empty)");
        }
        BatchProgress now = jobs.get().progress(job.id());
        run.progress("files", now.bytesDone(), -1, now.succeeded(), now.total());
        if (now.open() > 0) {
            return new JobResult.LookAgain(NEXT_LOOK);
        }
        if (now.succeeded() < now.total()) {
            throw JobException.permanent(now.total() - now.succeeded() + " of " + files(now.total())
                    + " were not sent: " + BatchCauses.of(jobs.get(), job.id()) + "; a retry of this job retries them");
        }
        return new JobResult.Done(files(now.total()) + ", " + now.bytesDone() + " bytes");
    }

    private static String files(long count) {
        return count + (count == 1 ? " file" : " files");
    }

    /** Without those whose version an earlier order has sent, if only newer ones are wanted. */
    private List<ObjectInfo> unsent(PushRequest request, List<ObjectInfo> taken) {
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
        private final int prefix;
        private final Pattern pattern;
        private final List<Pattern> include;
        private final List<Pattern> exclude;

        Selection(PushRequest request) {
            prefix = request.key().length();
            pattern = NamePattern.compile(String.valueOf(request.pattern()));
            include = request.include().stream().map(NamePattern::compile).toList();
            exclude = request.exclude().stream().map(NamePattern::compile).toList();
        }

        List<ObjectInfo> of(List<ObjectInfo> objects) {
            return objects.stream()
                    .filter(object -> takes(object.key().key().substring(prefix)))
                    .toList();
        }

        private boolean takes(String name) {
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
                request.authority(),
                null);
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

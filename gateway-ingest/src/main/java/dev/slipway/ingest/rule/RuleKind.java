package dev.slipway.ingest.rule;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.content.ExpansionException;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Takes a file through the steps of its rule. The checkpoint is the step that it has reached. */
public final class RuleKind implements JobKind {
    static final String NAME = "rule";

    private static final Duration NEXT_LOOK = Duration.ofSeconds(1);

    /** What a decompression may take of the heap: the dictionary of xz, and the names of an archive's members. */
    private static final long DECOMPRESSION_BYTES = 100 << 20;

    private static final int MOST_DECOMPRESSIONS = 4;

    private final Rules rules;
    private final ObjectFileSystems fileSystems;
    private final ObjectSources store;
    private final Jobs jobs;
    private final Pushes pushes;

    /** For whoever decompresses; the jobs that find none free are run again later. */
    private final Semaphore decompressions =
            new Semaphore(decompressionsAtOnce(Runtime.getRuntime().maxMemory()));

    public RuleKind(Rules rules, ObjectFileSystems fileSystems, ObjectSources store, Jobs jobs, Pushes pushes) {
        this.rules = rules;
        this.fileSystems = fileSystems;
        this.store = store;
        this.jobs = jobs;
        this.pushes = pushes;
    }

    /** How many files are decompressed at once, with an eighth of the heap for all of them. */
    static int decompressionsAtOnce(long heapBytes) {
        return Math.clamp(heapBytes / 8 / DECOMPRESSION_BYTES, 1, MOST_DECOMPRESSIONS);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        RuleRequest request = RuleJson.read(run.job().wanted().request(), RuleRequest.class);
        RuleSettings rule = rule(request);
        RuleProgress progress = progress(run, request);
        RuleFiles files = files(run, rule, request);
        progress = removeLeftover(run, request, progress, files);
        while (progress.step() < rule.steps().size()) {
            run.throwIfStopped();
            if (progress.place().equals(request.place())) {
                Presence presence = presence(request);
                if (presence == Presence.REPLACED) {
                    return new JobResult.Done("the file was replaced meanwhile, by one with a job of its own");
                }
                if (presence == Presence.GONE
                        && progress.step() == 0
                        && run.job().attempt() <= 1) {
                    return new JobResult.Done("nothing was done: the file is no longer there");
                }
            }
            Optional<RuleProgress> next = new Step(run, request, rule, progress, files).run();
            if (next.isEmpty()) {
                return new JobResult.LookAgain(NEXT_LOOK);
            }
            run.save(RuleJson.write(next.get()));
            progress = removeLeftover(run, request, next.get(), files);
        }
        return new JobResult.Done(
                rule.steps().size() + (rule.steps().size() == 1 ? " step" : " steps") + " of rule " + rule.name());
    }

    private RuleSettings rule(RuleRequest request) throws JobException {
        return rules.find(request.rule())
                .orElseThrow(
                        () -> JobException.permanent("the configuration has no rule " + request.rule() + " any more"));
    }

    private static RuleProgress progress(JobRun run, RuleRequest request) {
        return run.checkpoint().isEmpty()
                ? RuleProgress.first(request)
                : RuleJson.read(run.checkpoint(), RuleProgress.class);
    }

    private RuleFiles files(JobRun run, RuleSettings rule, RuleRequest request) {
        List<String> buckets = new ArrayList<>(List.of(request.bucket()));
        for (StepSettings step : rule.steps()) {
            if (step.bucket() != null) {
                buckets.add(step.bucket());
            }
        }
        return RuleFiles.open(fileSystems, rule.name(), run.job().id(), buckets);
    }

    /** Whether the file that came in is where it was. */
    private enum Presence {
        THERE,
        GONE,
        /** There is another version, which has a job of its own. */
        REPLACED
    }

    private Presence presence(RuleRequest request) throws JobException {
        try {
            Optional<ObjectInfo> object = store.head(new ObjectKey(request.bucket(), request.key()), null);
            if (object.isEmpty()) {
                return Presence.GONE;
            }
            return request.etag().isEmpty() || object.get().etag().equals(request.etag())
                    ? Presence.THERE
                    : Presence.REPLACED;
        } catch (StoreException e) {
            throw JobException.temporary(String.valueOf(e.getMessage()), e);
        }
    }

    /** What came out of a file is durable, and so is that: now the file may go, unless a newer one has its place. */
    private RuleProgress removeLeftover(JobRun run, RuleRequest request, RuleProgress progress, RuleFiles files)
            throws JobException {
        RuleProgress.Place leftover = progress.leftover();
        if (leftover == null) {
            return progress;
        }
        if (!leftover.equals(request.place()) || presence(request) == Presence.THERE) {
            try {
                files.delete(RuleFiles.path(leftover.bucket(), leftover.key()));
            } catch (VfsException e) {
                throw JobException.temporary("the file could not be removed: " + e.getMessage(), e);
            }
        }
        RuleProgress done = progress.withoutLeftover();
        run.save(RuleJson.write(done));
        return done;
    }

    /** Removes what an expansion has stored that was given up. */
    @Override
    public void discard(JobRun run) throws JobException {
        RuleRequest request = RuleJson.read(run.job().wanted().request(), RuleRequest.class);
        RuleProgress progress = progress(run, request);
        Optional<RuleSettings> rule = rules.find(request.rule());
        if (rule.isPresent() && progress.step() < rule.get().steps().size()) {
            Step step = new Step(run, request, rule.get(), progress, files(run, rule.get(), request));
            boolean isReplaced = progress.place().equals(request.place()) && presence(request) != Presence.THERE;
            if (progress.begun() && step.settings.action() == Action.DECOMPRESS && !isReplaced) {
                step.undo();
            }
        }
    }

    /** One step of one job. */
    private final class Step {
        private final JobRun run;
        private final RuleRequest request;
        private final RuleSettings rule;
        private final RuleProgress progress;
        private final RuleFiles files;
        private final StepSettings settings;

        Step(JobRun run, RuleRequest request, RuleSettings rule, RuleProgress progress, RuleFiles files) {
            this.run = run;
            this.request = request;
            this.rule = rule;
            this.progress = progress;
            this.files = files;
            this.settings = rule.steps().get(progress.step());
        }

        /** The state after the step; empty if something else has to end first. */
        Optional<RuleProgress> run() throws JobException, JobStoppedException {
            try {
                VirtualPath file = RuleFiles.path(progress.bucket(), progress.key());
                requireFile();
                return switch (settings.action()) {
                    case DECOMPRESS -> decompressIfFree(file);
                    case MOVE -> {
                        run.progress("moving", 0, -1);
                        files.move(file, target(), settings.overwrite());
                        yield Optional.of(progress.next(bucket(), key(target())));
                    }
                    case COPY -> {
                        run.progress("copying", 0, -1);
                        files.copy(file, target(), settings.overwrite());
                        yield Optional.of(progress.next());
                    }
                    case PUSH -> push();
                    case DELETE -> {
                        run.progress("deleting", 0, -1);
                        files.delete(file);
                        yield Optional.of(progress.next());
                    }
                };
            } catch (ExpansionException e) {
                throw JobException.permanent(where() + e.getMessage(), e);
            } catch (VfsException e) {
                run.throwIfStopped();
                throw failure(e);
            } catch (IOException e) {
                throw JobException.temporary(where() + e.getMessage(), e);
            }
        }

        private void requireFile() throws JobException {
            if (progress.isFolder() && settings.action() != Action.PUSH) {
                throw JobException.permanent(where() + "an expanded archive can only be pushed");
            }
        }

        private String where() {
            return "step " + (progress.step() + 1) + ", "
                    + settings.action().name().toLowerCase(Locale.ROOT) + ": ";
        }

        private JobException failure(VfsException e) {
            return switch (e.failure()) {
                case BUSY, UNAVAILABLE, ABORTED, INTERNAL, INTEGRITY, CONFLICT ->
                    JobException.temporary(where() + e.getMessage(), e);
                case NOT_FOUND,
                        PERMISSION_DENIED,
                        ALREADY_EXISTS,
                        DIRECTORY_NOT_EMPTY,
                        NOT_A_DIRECTORY,
                        IS_A_DIRECTORY,
                        NAME_INVALID,
                        UNSUPPORTED,
                        ARCHIVED,
                        QUOTA_EXCEEDED,
                        TOO_LARGE -> JobException.permanent(where() + e.getMessage(), e);
            };
        }

        private Optional<RuleProgress> decompressIfFree(VirtualPath file)
                throws IOException, JobException, JobStoppedException {
            if (!decompressions.tryAcquire()) {
                run.progress("waiting for memory", 0, -1);
                return Optional.empty();
            }
            try {
                return Optional.of(decompress(file));
            } finally {
                decompressions.release();
            }
        }

        private RuleProgress decompress(VirtualPath file) throws IOException, JobException, JobStoppedException {
            VirtualPath to = target();
            Decompression.Result result = decompression()
                    .run(
                            file,
                            to,
                            progress.begun(),
                            () -> run.save(
                                    RuleJson.write(progress.begin(run.job().attempt()))));
            return switch (result) {
                case NOTHING -> progress.next();
                case FILE -> decompressed(key(to));
                case FOLDER -> decompressed(key(to) + "/");
            };
        }

        private RuleProgress decompressed(String key) {
            RuleProgress next = progress.next(bucket(), key);
            return settings.keep() ? next : next.leaving(progress.place());
        }

        private Decompression decompression() {
            return new Decompression(files, rule.limits(), settings.overwrite(), run);
        }

        void undo() throws JobException {
            try {
                decompression().undo(RuleFiles.path(progress.bucket(), progress.key()), target());
            } catch (VfsException e) {
                throw failure(e);
            } catch (IOException e) {
                throw JobException.permanent(where() + e.getMessage(), e);
            }
        }

        private Optional<RuleProgress> push() throws JobException {
            String id = run.job().id() + "-" + (progress.step() + 1);
            run.progress("pushing", 0, -1);
            Optional<Job> push = jobs.find(id);
            if (push.isEmpty()) {
                submit(id);
                run.save(RuleJson.write(progress.begin(run.job().attempt())));
                return Optional.empty();
            }
            JobState state = push.get().state();
            if (state == JobState.SUCCEEDED) {
                return Optional.of(progress.next());
            }
            if (!state.isEnd()) {
                return Optional.empty();
            }
            if (progress.attempt() < run.job().attempt()) {
                jobs.retry(id);
                run.save(RuleJson.write(progress.begin(run.job().attempt())));
                return Optional.empty();
            }
            throw JobException.permanent(
                    where() + "job " + id + ": " + push.get().message());
        }

        private void submit(String id) throws JobException {
            // In an order, wildcards that are not meant as such have a backslash.
            String source = progress.bucket() + ":" + progress.key().replaceAll("[*?\\\\]", "\\\\$0");
            try {
                pushes.submit(PushOrder.builder(source, expanded(), "rule:" + rule.name())
                        .id(id)
                        .overwrite(settings.overwrite())
                        .makeFolders(true)
                        .correlation(run.job().id())
                        .build());
            } catch (PushOrderException e) {
                throw JobException.permanent(where() + e.getMessage(), e);
            }
        }

        private String bucket() {
            return settings.bucket() == null ? progress.bucket() : settings.bucket();
        }

        private VirtualPath target() throws VfsException {
            VirtualPath path = VirtualPath.ROOT.child(bucket());
            for (String name : expanded().split("/", -1)) {
                if (name.equals("..") || name.chars().anyMatch(Character::isISOControl)) {
                    throw new VfsException(
                            Failure.NAME_INVALID, path, "The target '" + expanded() + "' is no valid key.");
                }
                // The folder of a file at the top is empty.
                path = path.resolve(name.isEmpty() ? "." : name);
            }
            return path;
        }

        private static String key(VirtualPath path) {
            return String.join("/", path.segments().subList(1, path.segments().size()));
        }

        private String expanded() {
            String path = progress.isFolder()
                    ? progress.key().substring(0, progress.key().length() - 1)
                    : progress.key();
            return KeyTemplate.parse(settings.target())
                    .expand(new KeyValues(
                            path, rule.name(), request.account(), run.job().id(), Instant.ofEpochSecond(request.at())));
        }
    }
}

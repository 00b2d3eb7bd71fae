package dev.slipway.ingest.rule;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectLabels;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.ObjectTags;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.content.ExpansionException;
import dev.slipway.ingest.mail.MailSender;
import dev.slipway.ingest.openpgp.OpenPgpException;
import dev.slipway.ingest.openpgp.OpenPgpKeys;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.outcome.WebhookSender;
import dev.slipway.transfer.push.Pushes;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes a file through the steps of its rule. The checkpoint is the step that it has reached. */
public final class RuleKind implements JobKind {
    static final String NAME = "rule";

    private static final String REPLACED = "the file was replaced meanwhile, by one with a job of its own";

    private final Rules rules;
    private final ObjectFileSystems fileSystems;
    private final ObjectSources store;
    private final StepServices services;
    private final InstantSource clock;

    /**
     * Runs the jobs of rules.
     *
     * @param webhooks remains the caller's
     * @param archives where archive tasks find their files, by the names of the tasks
     */
    public RuleKind(
            Rules rules,
            ObjectFileSystems fileSystems,
            ObjectSources store,
            ObjectTags tags,
            Jobs jobs,
            Pushes pushes,
            WebhookSender webhooks,
            Optional<MailSender> mail,
            OpenPgpKeys keys,
            Optional<FileScans> scans,
            Map<String, ArchiveFolder> archives,
            InstantSource clock) {
        this.rules = rules;
        this.fileSystems = fileSystems;
        this.store = store;
        services = new StepServices(
                jobs, pushes, tags, webhooks, mail, new Decompressions(), keys, scans, Map.copyOf(archives));
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        RuleRequest asked = StoredJson.read(run.job().wanted().request(), RuleRequest.class);
        return switch (decide(run, asked)) {
            case Decision.None(String why) -> new JobResult.Done(why);
            case Decision.Taken(RuleRequest request) -> counted(run, request);
        };
    }

    /** Which rule takes the file. */
    private sealed interface Decision {
        /** The request names it. */
        record Taken(RuleRequest request) implements Decision {}

        record None(String why) implements Decision {}
    }

    /** Asks the object, if the rule depends on it. The answer is durable before the first step. */
    private Decision decide(JobRun run, RuleRequest asked) throws JobException {
        Optional<RuleRequest> known = known(run, asked);
        if (known.isPresent()) {
            return new Decision.Taken(known.get());
        }
        Optional<ObjectLabels> labels;
        try {
            labels = services.tags().labels(new ObjectKey(asked.bucket(), asked.key()), rules.hasTags());
        } catch (StoreException e) {
            throw JobException.of(e, e.getMessage());
        }
        if (labels.isEmpty()) {
            return new Decision.None("nothing was done: the file is no longer there");
        }
        if (!asked.isVersion(labels.get().etag())) {
            return new Decision.None(REPLACED);
        }
        if (asked.arrived().map(file -> rules.match(file, labels.get())).orElse(new Rules.Match.None())
                instanceof Rules.Match.Taken(RuleSettings rule)) {
            RuleRequest request = asked.takenBy(rule.name());
            run.save(StoredJson.write(RuleProgress.first(request).takenBy(rule.name())));
            return new Decision.Taken(request);
        }
        return new Decision.None("nothing was done: no rule takes the file, because of its content type or tags");
    }

    /** The request with its rule, if that is known; empty if the object has to be asked. */
    private static Optional<RuleRequest> known(JobRun run, RuleRequest asked) {
        if (!asked.rule().isEmpty()) {
            return Optional.of(asked);
        }
        return run.checkpoint().isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(StoredJson.read(run.checkpoint(), RuleProgress.class)
                                .rule())
                        .map(asked::takenBy);
    }

    /** Does the work, and counts its failures. */
    private JobResult counted(JobRun run, RuleRequest request) throws JobException, JobStoppedException {
        try {
            return work(run, request);
        } catch (JobException e) {
            rules.counters(request.rule()).ifPresent(RuleCounters::failedOne);
            throw e;
        }
    }

    private JobResult work(JobRun run, RuleRequest request) throws JobException, JobStoppedException {
        RuleSettings rule = rule(request);
        RuleProgress progress = progress(run, request);
        List<String> leaving = new ArrayList<>();
        RuleFiles files = files(run, rule, request, path -> {
            if (leaving.isEmpty()) {
                rules.leaving(request, path.segments().getFirst(), StoreTarget.key(path))
                        .ifPresent(leaving::add);
            }
        });
        progress = removeLeftover(run, request, progress, files);
        while (progress.step() < rule.steps().size()) {
            run.throwIfStopped();
            StepRun step = new StepRun(run, request, rule, progress, files, services);
            Optional<String> over = over(step);
            if (over.isPresent()) {
                return new JobResult.Done(over.get());
            }
            switch (step(step)) {
                case StepResult.LookAgain(Duration after) -> {
                    return new JobResult.LookAgain(after);
                }
                case StepResult.Quarantined(String message) -> {
                    rules.counters(rule.name()).ifPresent(RuleCounters::quarantinedOne);
                    return new JobResult.Done(message);
                }
                case StepResult.Done(RuleProgress next) -> {
                    run.save(StoredJson.write(next));
                    progress = removeLeftover(run, request, next, files);
                }
            }
        }
        rules.counters(rule.name())
                .ifPresent(counters ->
                        counters.succeeded(Duration.between(run.job().created(), clock.instant())));
        int steps = rule.steps().size() - request.firstStep();
        String done = steps + (steps == 1 ? " step" : " steps") + " of rule " + rule.name();
        return new JobResult.Done(
                leaving.isEmpty()
                        ? done
                        : done + "; rule " + leaving.getFirst()
                                + " matches what was stored, too, but no rule takes what rules have stored");
    }

    /** Why nothing more is to be done, if that is so: the file has gone, or there is a newer one. */
    private Optional<String> over(StepRun step) throws JobException, JobStoppedException {
        RuleRequest request = step.request();
        RuleProgress progress = step.progress();
        if (progress.finding() != null) {
            return Optional.empty();
        }
        if (!progress.place().equals(request.place())) {
            requireChecked(step);
            return Optional.empty();
        }
        return switch (presence(request)) {
            case THERE -> Optional.empty();
            case GONE ->
                progress.step() == request.firstStep() && step.run().job().attempt() <= 1 && progress.members() == null
                        ? Optional.of("nothing was done: the file is no longer there")
                        : Optional.empty();
            case REPLACED -> {
                if (progress.members() != null) {
                    throw Decompression.replaced();
                }
                if (progress.digest() != null) {
                    undo(step);
                } else if (progress.begun()) {
                    Optional<String> interrupted = step.settings().step().interrupted();
                    if (interrupted.isPresent()) {
                        throw JobException.permanent(step.where() + interrupted.get());
                    }
                }
                yield Optional.of(REPLACED);
            }
        };
    }

    /** What a rule has made, and then scanned or verified, must not be replaced before its next step. */
    private void requireChecked(StepRun step) throws JobException {
        String etag = step.progress().etag();
        if (etag == null) {
            return;
        }
        ObjectKey file = new ObjectKey(step.progress().bucket(), step.progress().key());
        try {
            if (store.head(file, null)
                    .filter(there -> !there.etag().equals(etag))
                    .isPresent()) {
                throw JobException.permanent(
                        step.where() + file.key() + " was replaced after an earlier step had scanned or verified it");
            }
        } catch (StoreException e) {
            throw JobException.temporary(String.valueOf(e.getMessage()), e);
        }
    }

    private RuleSettings rule(RuleRequest request) throws JobException {
        return rules.find(request.rule())
                .orElseThrow(
                        () -> JobException.permanent("the configuration has no rule " + request.rule() + " any more"));
    }

    private static RuleProgress progress(JobRun run, RuleRequest request) {
        return run.checkpoint().isEmpty()
                ? RuleProgress.first(request)
                : StoredJson.read(run.checkpoint(), RuleProgress.class);
    }

    private RuleFiles files(JobRun run, RuleSettings rule, RuleRequest request, Consumer<VirtualPath> stored) {
        List<String> buckets = new ArrayList<>(List.of(request.bucket()));
        for (StepSettings step : rule.steps()) {
            step.step().bucket().ifPresent(buckets::add);
            step.archiveTask()
                    .flatMap(services::archiveFolder)
                    .map(ArchiveFolder::bucket)
                    .ifPresent(buckets::add);
        }
        return RuleFiles.open(fileSystems, rule.name(), run.job().id(), buckets, stored);
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
            return request.isVersion(object.get().etag()) ? Presence.THERE : Presence.REPLACED;
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
        boolean isOriginal = leftover.equals(request.place());
        if (!isOriginal || presence(request) == Presence.THERE) {
            try {
                files.delete(
                        RuleFiles.path(leftover.bucket(), leftover.key()),
                        Optional.of(request.etag()).filter(etag -> isOriginal && !etag.isEmpty()));
            } catch (VfsException e) {
                throw JobException.temporary("the file could not be removed: " + e.getMessage(), e);
            }
        }
        RuleProgress done = progress.withoutLeftover();
        run.save(StoredJson.write(done));
        return done;
    }

    /** Has a step that was given up remove what it has stored. */
    @Override
    public void discard(JobRun run) throws JobException, JobStoppedException {
        RuleRequest asked = StoredJson.read(run.job().wanted().request(), RuleRequest.class);
        RuleRequest request = known(run, asked).orElse(asked);
        RuleProgress progress = progress(run, request);
        Optional<RuleSettings> rule = rules.find(request.rule());
        if (rule.isEmpty() || progress.step() >= rule.get().steps().size() || !progress.begun()) {
            return;
        }
        // A digest tells what the step has stored, whatever has become of the file.
        if (progress.digest() == null
                && progress.place().equals(request.place())
                && presence(request) != Presence.THERE) {
            return;
        }
        RuleFiles files = files(run, rule.get(), request, _ -> {});
        undo(new StepRun(run, request, rule.get(), progress, files, services));
    }

    /** A retry begins with the step that has failed. */
    @Override
    public String checkpointOfRetry(String checkpoint) {
        return checkpoint.isEmpty()
                ? ""
                : StoredJson.write(
                        StoredJson.read(checkpoint, RuleProgress.class).retried());
    }

    private static void undo(StepRun step) throws JobException, JobStoppedException {
        naming(step, () -> {
            step.settings().step().undo(step);
            return null;
        });
    }

    /** Does the current step. Its failures say which step it was. */
    private static StepResult step(StepRun step) throws JobException, JobStoppedException {
        if (step.progress().isFolder()
                && step.progress().members() == null
                && !step.settings().step().takesFolders()) {
            throw JobException.permanent(step.where()
                    + "an expanded archive can only be pushed or reported, unless decompress has each: true");
        }
        return naming(step, () -> step.settings().step().run(step));
    }

    private interface Work<T extends @Nullable Object> {
        T run() throws IOException, JobException, JobStoppedException;
    }

    private static <T extends @Nullable Object> T naming(StepRun step, Work<T> work)
            throws JobException, JobStoppedException {
        try {
            return work.run();
        } catch (ExpansionException | OpenPgpException e) {
            throw JobException.permanent(step.where() + e.getMessage(), e);
        } catch (VfsException e) {
            step.run().throwIfStopped();
            throw JobException.of(e.failure(), step.where() + e.getMessage(), e);
        } catch (StoreException e) {
            throw JobException.of(e, step.where() + e.getMessage());
        } catch (IOException e) {
            throw JobException.temporary(step.where() + e.getMessage(), e);
        }
    }
}

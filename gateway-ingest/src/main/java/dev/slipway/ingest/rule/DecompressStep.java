package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Decompresses the file, or expands it if it is an archive. The next steps are about what came out. */
final class DecompressStep implements RuleStep {
    private static final String TARGET = "{folder}/{stem}";

    private final StoreTarget target;
    private final boolean overwrite;
    private final boolean keep;
    private final boolean each;

    DecompressStep(StepSettings settings) {
        target = new StoreTarget(Objects.requireNonNullElse(settings.to(), TARGET), settings.bucket());
        overwrite = settings.overwrites();
        keep = settings.keeps();
        each = Boolean.TRUE.equals(settings.each());
    }

    @Override
    public Set<String> settings() {
        return Set.of("to", "bucket", "overwrite", "keep", "each");
    }

    @Override
    public void check(Problems problems) {
        target.check(problems);
    }

    @Override
    public Optional<String> bucket() {
        return target.otherBucket();
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast(
                "decompress to " + target.forecast(file) + (keep ? "" : ", and remove the file")
                        + (each ? "; then, for each file of an archive:" : ""),
                target.forecastKey(file));
    }

    @Override
    public StepResult run(StepRun run) throws IOException, JobException, JobStoppedException {
        if (run.progress().members() == RuleProgress.Members.SUBMITTED) {
            return new MemberJobs(run).look();
        }
        Optional<Decompressions.Place> free = run.services().decompressions().take();
        if (free.isEmpty()) {
            run.phase("waiting for memory");
            return StepResult.LookAgain.SOON;
        }
        try (var _ = free.get()) {
            VirtualPath to = target.path(run);
            if (run.progress().members() == RuleProgress.Members.STORED) {
                return submitMembers(run, to);
            }
            Decompression.Result result =
                    decompression(run).run(run.file(), to, run.progress().begun(), run::begin);
            return new StepResult.Done(
                    switch (result) {
                        case NOTHING -> run.progress().next();
                        case FILE -> decompressed(run, StoreTarget.key(to));
                        // Saved before the first of the jobs begins, which may move what is stored.
                        case FOLDER ->
                            each ? run.progress().membersStored() : decompressed(run, StoreTarget.key(to) + "/");
                    });
        }
    }

    private StepResult submitMembers(StepRun run, VirtualPath to)
            throws IOException, JobException, JobStoppedException {
        String bucket = target.bucket(run);
        MemberJobs jobs = new MemberJobs(run);
        decompression(run).forEach(run.file(), to, (file, bytes) -> jobs.submit(bucket, file, bytes));
        RuleProgress submitted = run.progress().membersSubmitted(bucket, StoreTarget.key(to) + "/");
        return new StepResult.Done(
                keep ? submitted : submitted.leaving(run.progress().place()));
    }

    private RuleProgress decompressed(StepRun run, String key) {
        RuleProgress next = run.progress().next(target.bucket(run), key);
        return keep ? next : next.leaving(run.progress().place());
    }

    private Decompression decompression(StepRun run) {
        return new Decompression(run.files(), run.rule().limits(), overwrite, run.run(), run.etag());
    }

    @Override
    public void undo(StepRun run) throws IOException {
        decompression(run).undo(run.file(), target.path(run));
    }

    @Override
    public Optional<String> interrupted() {
        return Optional.of("the archive was replaced while it was expanded; some of its files may be stored");
    }
}

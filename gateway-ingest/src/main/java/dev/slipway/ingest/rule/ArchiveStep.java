package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Moves the file to where an archive task finds it: the task puts it into its next archive. */
final class ArchiveStep implements RuleStep {
    private final StepSettings settings;

    ArchiveStep(StepSettings settings) {
        this.settings = settings;
    }

    private String task() {
        return Objects.requireNonNull(settings.task());
    }

    @Override
    public Set<String> settings() {
        return Set.of("task", "overwrite");
    }

    @Override
    public void check(Problems problems) {
        if (settings.task() == null) {
            problems.add("task", null, "must name one of archives");
        }
    }

    @Override
    public Optional<String> archiveTask() {
        return Optional.ofNullable(settings.task());
    }

    @Override
    public boolean isLast() {
        return true;
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast("leave to the archive task " + task(), file.path());
    }

    @Override
    public StepResult run(StepRun run) throws IOException, JobException {
        ArchiveFolder folder = run.services()
                .archiveFolder(task())
                .orElseThrow(() -> JobException.permanent(
                        run.where() + "the configuration has no archive task " + task() + " any more"));
        RuleProgress progress = run.progress();
        if (folder.contains(progress.bucket(), progress.key())) {
            return new StepResult.Done(progress.next());
        }
        StoreTarget target = folder.target();
        VirtualPath to = target.path(run);
        run.phase("moving");
        run.files().move(run.file(), to, settings.overwrites(), run.etag());
        return new StepResult.Done(progress.next(target.bucket(run), StoreTarget.key(to)));
    }
}

package dev.slipway.ingest.rule;

import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sends the file to a remote by a job of its own, and waits for that. */
final class PushStep implements RuleStep {
    private final @Nullable String to;
    private final boolean overwrite;

    PushStep(StepSettings settings) {
        to = settings.to();
        overwrite = settings.overwrites();
    }

    @Override
    public Set<String> settings() {
        return Set.of("to", "overwrite");
    }

    @Override
    public void check(Problems problems) {
        if (to == null) {
            problems.add("to", null, "must say where to");
            return;
        }
        if (!to.matches("[A-Za-z0-9._-]+:/.*")) {
            problems.add("to", to, "must be REMOTE:/PATH");
        }
        Templates.check(problems, "to", to);
    }

    private String template() {
        return Objects.requireNonNullElse(to, "");
    }

    @Override
    public boolean takesFolders() {
        return true;
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast("push to " + KeyTemplate.parse(template()).expand(file), file.path());
    }

    @Override
    public StepResult run(StepRun run) throws JobException {
        String id = run.id();
        run.phase("pushing");
        Optional<Job> push = run.services().jobs().find(id);
        if (push.isEmpty()) {
            submit(run, id);
            run.begin();
            return StepResult.LookAgain.SOON;
        }
        JobState state = push.get().state();
        if (state == JobState.SUCCEEDED) {
            return new StepResult.Done(run.progress().next());
        }
        if (!state.isEnd()) {
            return StepResult.LookAgain.SOON;
        }
        // Whoever retries the job of the rule means this push.
        if (run.progress().attempt() < run.run().job().attempt()) {
            run.services().jobs().retry(id);
            run.begin();
            return StepResult.LookAgain.SOON;
        }
        throw JobException.permanent(
                run.where() + "job " + id + ": " + push.get().message());
    }

    private void submit(StepRun run, String id) throws JobException {
        RuleProgress at = run.progress();
        // In an order, wildcards that are not meant as such have a backslash.
        String source = at.bucket() + ":" + at.key().replaceAll("[*?\\\\]", "\\\\$0");
        try {
            run.services()
                    .pushes()
                    .submit(PushOrder.builder(
                                    source,
                                    run.expand(template()),
                                    "rule:" + run.rule().name())
                            .id(id)
                            .etag(at.isFolder() ? null : run.etag().orElse(null))
                            .overwrite(overwrite)
                            .makeFolders(true)
                            .correlation(run.run().job().id())
                            .build());
        } catch (PushOrderException e) {
            throw JobException.permanent(run.where() + e.getMessage(), e);
        }
    }
}

package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.target.KeyValues;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** Copies the file within the store. The next steps are about the original. */
final class CopyStep implements RuleStep {
    private final StoreTarget target;
    private final boolean overwrite;

    CopyStep(StepSettings settings) {
        target = new StoreTarget(settings);
        overwrite = settings.overwrites();
    }

    @Override
    public Set<String> settings() {
        return StoreTarget.SETTINGS;
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
        return new Forecast("copy to " + target.forecast(file), file.path());
    }

    @Override
    public StepResult run(StepRun run) throws IOException {
        VirtualPath to = target.path(run);
        run.phase("copying");
        run.files().copy(run.file(), to, overwrite, run.etag());
        return new StepResult.Done(run.progress().next());
    }
}

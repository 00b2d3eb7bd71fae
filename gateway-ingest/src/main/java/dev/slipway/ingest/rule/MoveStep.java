package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.target.KeyValues;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** Moves the file within the store. */
final class MoveStep implements RuleStep {
    private final StoreTarget target;
    private final boolean overwrite;

    MoveStep(StepSettings settings) {
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
        return new Forecast("move to " + target.forecast(file), target.forecastKey(file));
    }

    @Override
    public StepResult run(StepRun run) throws IOException {
        VirtualPath to = target.path(run);
        run.phase("moving");
        run.files().move(run.file(), to, overwrite, run.etag());
        return new StepResult.Done(run.progress().next(target.bucket(run), StoreTarget.key(to)));
    }
}

package dev.slipway.ingest.rule;

import dev.slipway.ingest.target.KeyValues;
import java.io.IOException;
import java.util.Set;

/** Deletes the file. */
final class DeleteStep implements RuleStep {
    @Override
    public Set<String> settings() {
        return Set.of();
    }

    @Override
    public boolean isLast() {
        return true;
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast("delete", file.path());
    }

    @Override
    public StepResult run(StepRun run) throws IOException {
        run.phase("deleting");
        run.files().delete(run.file(), run.etag());
        return new StepResult.Done(run.progress().next());
    }
}

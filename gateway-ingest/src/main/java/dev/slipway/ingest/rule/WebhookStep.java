package dev.slipway.ingest.rule;

import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Values;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.outcome.DeliveryException;
import dev.slipway.transfer.outcome.RuleEvent;
import dev.slipway.transfer.outcome.WebhookSecret;
import java.net.URI;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reports the file to a URL, signed as the events of the gateway are. The URL is the configuration's, without anything
 * that a client can choose.
 */
final class WebhookStep implements RuleStep {
    private final StepSettings settings;

    WebhookStep(StepSettings settings) {
        this.settings = settings;
    }

    @Override
    public Set<String> settings() {
        return Set.of("url", "secret", "message");
    }

    @Override
    public void check(Problems problems) {
        if (settings.url() == null) {
            problems.add("url", null, "must say where to");
        } else if (settings.url().getUserInfo() != null) {
            problems.add(
                    "url", Values.showEffective(settings.url()), "must not contain a user; events are signed instead");
        }
        if (settings.secret() == null) {
            problems.add("secret", null, "is required: it signs the events");
        } else {
            try {
                WebhookSecret _ = WebhookSecret.parse(settings.secret().reveal());
            } catch (IllegalArgumentException e) {
                problems.add("secret", settings.secret(), "must be " + e.getMessage());
            }
        }
        if (settings.message() != null) {
            Templates.check(problems, "message", settings.message());
        }
    }

    private URI url() {
        return Objects.requireNonNull(settings.url());
    }

    private @Nullable String message(KeyValues file) {
        return settings.message() == null
                ? null
                : KeyTemplate.parse(settings.message()).expand(file);
    }

    @Override
    public boolean takesFolders() {
        return true;
    }

    @Override
    public Forecast forecast(KeyValues file) {
        String message = message(file);
        return new Forecast("report to " + url().getHost() + (message == null ? "" : ": " + message), file.path());
    }

    @Override
    public StepResult run(StepRun run) throws JobException, JobStoppedException {
        run.phase("reporting");
        RuleEvent event = new RuleEvent(
                run.run().job().id(),
                run.progress().step() + 1,
                run.rule().name(),
                run.request().account(),
                run.progress().bucket(),
                run.progress().key(),
                Instant.ofEpochSecond(run.request().at()),
                message(run.values()));
        try {
            run.services()
                    .webhooks()
                    .send(
                            url(),
                            WebhookSecret.parse(
                                    Objects.requireNonNull(settings.secret()).reveal()),
                            event.id(),
                            event.json());
        } catch (DeliveryException e) {
            throw e.isFinal()
                    ? JobException.permanent(run.where() + e.getMessage(), e)
                    : JobException.temporary(run.where() + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            run.run().throwIfStopped();
            throw JobException.temporary(run.where() + "interrupted", e);
        }
        return new StepResult.Done(run.progress().next());
    }
}

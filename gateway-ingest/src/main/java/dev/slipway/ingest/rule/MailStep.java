package dev.slipway.ingest.rule;

import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.mail.Mail;
import dev.slipway.ingest.mail.MailAddresses;
import dev.slipway.ingest.mail.MailException;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sends a mail about the file. The recipients are the configuration's: clients cannot choose any. */
final class MailStep implements RuleStep {
    private static final int MOST = 50;

    private final StepSettings settings;

    MailStep(StepSettings settings) {
        this.settings = settings;
    }

    @Override
    public Set<String> settings() {
        return Set.of("recipients", "subject", "message");
    }

    @Override
    public void check(Problems problems) {
        if (settings.recipients().isEmpty() || settings.recipients().size() > MOST) {
            problems.add(
                    "recipients",
                    settings.recipients().isEmpty()
                            ? null
                            : settings.recipients().size(),
                    "must be 1 to " + MOST + " mail addresses");
        }
        for (int i = 0; i < settings.recipients().size(); i++) {
            if (!MailAddresses.isAddress(settings.recipients().get(i))) {
                problems.add(
                        "recipients[" + i + "]",
                        settings.recipients().get(i),
                        "must be a mail address, such as office@example.com");
            }
        }
        if (settings.subject() == null) {
            problems.add("subject", null, "is required");
        } else {
            Templates.check(problems, "subject", settings.subject());
        }
        if (settings.message() != null) {
            Templates.check(problems, "message", settings.message());
        }
    }

    private String subject(KeyValues file) {
        return KeyTemplate.parse(Objects.requireNonNull(settings.subject())).expand(file);
    }

    /** The text; without a template, what there is to know. */
    private static String text(@Nullable String template, StepRun run) {
        return template == null
                ? "File: " + run.progress().bucket() + ":" + run.progress().key() + "\nAccount: "
                        + run.request().account() + "\nRule: " + run.rule().name() + "\nJob: "
                        + run.run().job().id() + "\n"
                : run.expand(template);
    }

    @Override
    public boolean takesFolders() {
        return true;
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast("mail to " + String.join(", ", settings.recipients()) + ": " + subject(file), file.path());
    }

    @Override
    public StepResult run(StepRun run) throws JobException {
        run.phase("mailing");
        Mail mail = new Mail(run.id(), settings.recipients(), subject(run.values()), text(settings.message(), run));
        try {
            run.services()
                    .mail()
                    .orElseThrow(() -> JobException.permanent(run.where() + "the configuration has no mail.host"))
                    .send(mail);
        } catch (MailException e) {
            throw e.isFinal()
                    ? JobException.permanent(run.where() + e.getMessage(), e)
                    : JobException.temporary(run.where() + e.getMessage(), e);
        }
        return new StepResult.Done(run.progress().next());
    }
}

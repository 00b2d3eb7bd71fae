package dev.slipway.ingest.rule;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Schema;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import java.net.URI;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A step of a rule. Which of the settings it takes depends on its action, whose {@link RuleStep} checks them; so what is
 * not set is null here, and has no default.
 */
public record StepSettings(
        @Setting("What it does, one of: `decompress` (also expands archives), `move`, `copy`, `push`, `tag`, `webhook`,"
                + " `mail`, `delete`.")
        Action action,

        @Setting(
                "Where to. For `decompress`, `move` and `copy` a key: the path in the bucket; for an archive the folder."
                        + " For `push` `REMOTE:/PATH`; a folder ends with `/`. Names in braces have a value for each file:"
                        + " `{path}` (its key), `{folder}`, `{name}`, `{stem}` and `{extension}` (parts of the key), `{year}`,"
                        + " `{month}`, `{day}`, `{hour}` and `{minute}` (UTC, when it came in), `{task}` (the name of the rule),"
                        + " `{account}`, `{job}`. A brace itself is written twice. `decompress` needs none:"
                        + " `{folder}/{stem}`.")
        @Nullable
        String to,

        @Setting("Bucket of the key. Without it, the file's own.") @Nullable
        String bucket,

        @Setting("For `decompress`, `move`, `copy` and `push`: whether to replace an existing file. Otherwise, and by"
                + " default, the step fails.")
        @Nullable
        Boolean overwrite,

        @Setting(
                "For `decompress`: whether the file stays when what came out of it has been stored. By default, it does.")
        @Nullable
        Boolean keep,

        @Setting(
                "For `decompress`: whether the next steps are done for each file of an archive, by a job of its own."
                        + " Otherwise, and by default, they are done for all of them at once, which only `push`, `webhook` and `mail` can.")
        @Nullable
        Boolean each,

        @Setting(
                "For `tag`: tags of the object in S3, such as `type=invoice`. A tag of the same key gets the new value."
                        + " Values may have the names in braces that `to` may have.")
        List<String> tags,

        @Setting("For `webhook`: URL to POST a JSON event about the file to.") @Nullable
        URI url,

        @Setting("For `webhook`: secret that signs the event, as that of `webhooks`: `whsec_` and 24 to 64 bytes in"
                + " Base64.")
        @Nullable
        Secret secret,

        @Setting(
                "For `mail`: addresses that get the mail, such as `office@example.com`; at most 50. The server is that of"
                        + " the section `mail`.")
        List<String> recipients,

        @Setting("For `mail`: the subject, with the names in braces that `to` may have.") @Nullable
        String subject,

        @Setting("For `webhook` a text for the event, for `mail` the text, with the names in braces that `to` may have."
                + " Without it, a mail has the key of the file, its account, the rule and the job.")
        @Nullable
        String message)
        implements CheckedSettings {
    public StepSettings {
        tags = List.copyOf(tags);
        recipients = List.copyOf(recipients);
    }

    @Override
    public void check(Problems problems) {
        RuleStep step = step();
        TreeSet<String> known = new TreeSet<>(step.settings());
        for (Schema setting : Schema.of(StepSettings.class)) {
            Object value = setting.name().equals("action") ? null : setting.in(this);
            boolean isSet = value != null && !(value instanceof List<?> list && list.isEmpty());
            if (isSet && !known.contains(setting.name())) {
                problems.add(
                        setting.name(),
                        value,
                        "is no setting of " + action.word() + ", which "
                                + (known.isEmpty() ? "has none" : "has " + String.join(", ", known)));
            }
        }
        step.check(problems);
    }

    /** What the step does. */
    RuleStep step() {
        return action.step(this);
    }

    /** Whether an existing file is replaced. */
    boolean overwrites() {
        return Boolean.TRUE.equals(overwrite);
    }
}

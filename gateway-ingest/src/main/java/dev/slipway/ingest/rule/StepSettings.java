package dev.slipway.ingest.rule;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Schema;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import dev.slipway.ingest.openpgp.KeyUse;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A step of a rule. Which of the settings it takes depends on its action, whose {@link RuleStep} checks them; so what is
 * not set is null here, and has no default.
 */
public record StepSettings(
        @Setting(
                "What it does, one of: `decompress` (also expands archives), `decrypt`, `encrypt`, `sign`, `verify`, `scan`, `move`, `copy`, `push`,"
                        + " `archive`, `tag`, `webhook`, `mail`, `delete`.")
        Action action,

        @Setting(
                "Where to. For `decompress`, `decrypt`, `encrypt`, `sign`, `verify`, `move` and `copy` a key: the path in the bucket; for an archive the folder."
                        + " For `push` `REMOTE:/PATH`; a folder ends with `/`. Names in braces have a value for each file:"
                        + " `{path}` (its key), `{folder}`, `{name}`, `{stem}` and `{extension}` (parts of the key), `{year}`,"
                        + " `{month}`, `{day}`, `{hour}` and `{minute}` (UTC, when it came in), `{task}` (the name of the rule),"
                        + " `{account}`, `{job}`. A brace itself is written twice. `decompress` needs none:"
                        + " `{folder}/{stem}`. Nor do `decrypt` (`{folder}/{stem}`), `encrypt` (`{path}.pgp`, or `{path}.asc`"
                        + " if armored) and `sign` (`{path}.sig`, or `{path}.asc`). For `verify` it is the key for the contents"
                        + " of a signed message. For `scan` it is the folder that infected files are moved to, with the id of the"
                        + " job before their names.")
        @Nullable
        String to,

        @Setting("Bucket of the key. Without it, the file's own.") @Nullable
        String bucket,

        @Setting(
                "For `archive`: name of one of `archives`, which puts the file into its next archive. If the file is not yet"
                        + " where the task finds its files, it is moved there: its key follows the prefix of the task's source.")
        @Nullable
        String task,

        @Setting("For `archive`, and for all that have `to`: whether to replace an existing file. Otherwise, and by"
                + " default, the step fails.")
        @Nullable
        Boolean overwrite,

        @Setting(
                "For `decompress`, `decrypt`, `encrypt`, and `verify` with `to`: whether the file stays when what came out of"
                        + " it has been stored. By default, it does.")
        @Nullable
        Boolean keep,

        @Setting("For `decrypt`: names of `openpgpKeys` to decrypt with. By default, all that have a secret key.")
        List<String> keys,

        @Setting(
                "For `encrypt`: names of `openpgpKeys`, for whose owners the file is encrypted. For `mail`: addresses that"
                        + " get the mail, such as `office@example.com`; at most 50. The server is that of the section"
                        + " `mail`.")
        List<String> recipients,

        @Setting(
                "For `sign`, and for `encrypt` to sign in the same step: name of one of `openpgpKeys`, which has a secret"
                        + " key.")
        @Nullable
        String signer,

        @Setting(
                "For `verify`, and for `decrypt` to verify in the same step: names of `openpgpKeys`, at least one of which"
                        + " must have signed the file.")
        List<String> signers,

        @Setting("For `encrypt` and `sign`: whether to write ASCII (armor). By default, it is binary.") @Nullable
        Boolean armor,

        @Setting(
                "For `sign`: whether the signature becomes a file of its own. By default, it does; otherwise the result is"
                        + " a signed message, with the file in it.")
        @Nullable
        Boolean detached,

        @Setting(
                "For `verify`: key of the file with the signature, with the names in braces that `to` may have. By default,"
                        + " `{path}.sig` or else `{path}.asc`.")
        @Nullable
        String signature,

        @Setting(
                "For `verify`: how long to wait for the file with the signature, which may come later. By default, 10m.")
        @Nullable
        Duration maxWait,

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

        @Setting("For `mail`: the subject, with the names in braces that `to` may have.") @Nullable
        String subject,

        @Setting("For `webhook` a text for the event, for `mail` the text, with the names in braces that `to` may have."
                + " Without it, a mail has the key of the file, its account, the rule and the job.")
        @Nullable
        String message)
        implements CheckedSettings {
    public StepSettings {
        tags = List.copyOf(tags);
        keys = List.copyOf(keys);
        recipients = List.copyOf(recipients);
        signers = List.copyOf(signers);
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

    /** The archive task that it leaves the file to, if any. */
    public Optional<String> archiveTask() {
        return step().archiveTask();
    }

    /** The keys of OpenPGP that it needs. */
    public List<KeyUse> keyUses() {
        return step().keys();
    }

    /** What the step does. */
    RuleStep step() {
        return action.step(this);
    }

    /** Whether an existing file is replaced. */
    boolean overwrites() {
        return Boolean.TRUE.equals(overwrite);
    }

    /** Whether the file stays when what came out of it is stored. */
    boolean keeps() {
        return keep == null || keep;
    }

    /** Whether ASCII is written. */
    boolean armors() {
        return Boolean.TRUE.equals(armor);
    }
}

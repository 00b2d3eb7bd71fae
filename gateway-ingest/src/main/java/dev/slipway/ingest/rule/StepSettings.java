package dev.slipway.ingest.rule;

import dev.slipway.core.NameRule;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.ingest.target.KeyTemplate;
import org.jspecify.annotations.Nullable;

/** A step of a rule. */
public record StepSettings(
        @Setting("What it does, one of: `decompress` (also expands archives), `move`, `copy`, `push`, `delete`.")
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

        @Setting(value = "Whether to replace an existing file. Otherwise the step fails.", byDefault = "false")
        boolean overwrite,

        @Setting(
                value = "For `decompress`: whether the file stays when what came out of it has been stored.",
                byDefault = "true")
        boolean keep)
        implements CheckedSettings {
    static final String DECOMPRESSED = "{folder}/{stem}";

    @Override
    public void check(Problems problems) {
        if (to == null) {
            if (action == Action.MOVE || action == Action.COPY || action == Action.PUSH) {
                problems.add("to", null, "must say where to");
            }
        } else if (action == Action.DELETE) {
            problems.add("to", to, "must not be set for delete");
        } else {
            checkTarget(problems, to);
        }
        if (bucket != null) {
            if (action == Action.PUSH || action == Action.DELETE) {
                problems.add("bucket", bucket, "is only for decompress, move and copy");
            } else if (!NameRule.BUCKET.accepts(bucket)) {
                problems.add("bucket", bucket, "must be a bucket name: " + NameRule.BUCKET.expected());
            }
        }
    }

    private void checkTarget(Problems problems, String target) {
        if (action == Action.PUSH && !target.matches("[A-Za-z0-9._-]+:/.*")) {
            problems.add("to", target, "must be REMOTE:/PATH");
        }
        try {
            KeyTemplate _ = KeyTemplate.parse(target);
        } catch (IllegalArgumentException e) {
            problems.add("to", target, "is no template: " + e.getMessage());
        }
    }

    /** Where to, as a template. */
    String target() {
        return to == null ? DECOMPRESSED : to;
    }
}

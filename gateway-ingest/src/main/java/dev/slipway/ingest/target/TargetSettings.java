package dev.slipway.ingest.target;

import dev.slipway.core.NameRule;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import org.jspecify.annotations.Nullable;

/** Where files are stored that arrive without a client: either in an account's folder, or in a bucket. */
public record TargetSettings(
        @Setting("Account in whose folder the files are stored. The account's quota counts them; it needs no permission"
                + " to write.")
        @Nullable
        String account,

        @Setting("Path of that folder, as the account sees it. Without it, `/`.") @Nullable
        String folder,

        @Setting("Bucket, instead of an account. Without both, `s3.bucket`.") @Nullable
        String bucket,

        @Setting("Beginning of the keys in the bucket, ending with `/`. Without it, the whole bucket.") @Nullable
        String prefix,

        @Setting(
                value = "Path of a file below the folder or prefix. Names in braces have a value for each file:"
                        + " `{path}` (its path at the source), `{folder}`, `{name}`, `{stem}` and `{extension}`"
                        + " (parts of that path), `{year}`, `{month}`, `{day}`, `{hour}` and `{minute}` (UTC),"
                        + " `{task}` (the name of the pull or watch), `{account}`, `{job}`. A brace itself is"
                        + " written twice.",
                byDefault = "{path}")
        String key)
        implements CheckedSettings {
    @Override
    public void check(Problems problems) {
        if (account == null) {
            if (folder != null) {
                problems.add("folder", folder, "requires account; for a bucket, use prefix");
            }
        } else if (bucket != null || prefix != null) {
            problems.add("account", account, "cannot be used together with bucket or prefix");
        } else if (!NameRule.ACCOUNT.accepts(account)) {
            problems.add("account", account, "must be the name of an account: " + NameRule.ACCOUNT.expected());
        }
        if (folder != null && !isAbsolute(folder)) {
            problems.add("folder", folder, "must be an absolute path such as /in");
        }
        if (bucket != null && !NameRule.BUCKET.accepts(bucket)) {
            problems.add("bucket", bucket, "must be a bucket name: " + NameRule.BUCKET.expected());
        }
        if (prefix != null && !prefix.isEmpty() && (prefix.startsWith("/") || !prefix.endsWith("/"))) {
            problems.add("prefix", prefix, "must end with / and not start with it");
        }
        try {
            KeyTemplate _ = KeyTemplate.parse(key);
        } catch (IllegalArgumentException e) {
            problems.add("key", key, "is no template: " + e.getMessage());
        }
    }

    private static boolean isAbsolute(String path) {
        try {
            return path.startsWith("/") && VirtualPath.parse(path).toString().equals(path);
        } catch (VfsException _) {
            return false;
        }
    }
}

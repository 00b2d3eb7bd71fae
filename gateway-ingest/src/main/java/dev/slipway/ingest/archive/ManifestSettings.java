package dev.slipway.ingest.archive;

import dev.slipway.core.NameRule;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where the members of archives are listed besides the state database: the section {@code manifest} of the configuration. */
public record ManifestSettings(
        @Setting("URL of an Elasticsearch or OpenSearch server, such as `https://elastic.example.com:9200`. Without it,"
                + " the members of archives are listed in the state database and in index objects only.")
        @Nullable
        URI url,

        @Setting("User to log in as, by HTTP's basic authentication. Requires `https`.") @Nullable
        String username,

        @Setting("Password of that user.") @Nullable Secret password,

        @Setting("PEM file with the certificates of CAs to trust for the server, in addition to the usual ones.")
        @Nullable
        Path caFile,

        @Setting(
                value =
                        "Beginning of the names of the indexes that entries are written to. The day (UTC) on which the archive"
                                + " was stored follows, such as `2026.11.25`.",
                byDefault = "s3-batch-")
        String indexPrefix,

        @Setting("Bucket for the entries of archives that the server did not store. They are sent from there once it"
                + " answers again. Without it, the originals of such an archive stay until the server has stored its"
                + " entries. No archive task may archive it.")
        @Nullable
        String fallbackBucket,

        @Setting(
                value = "Link to an archive for people, the field `console_url` of entries. `{bucket}` and `{key}` are"
                        + " replaced by those of the archive, encoded for URLs.",
                byDefault = "https://s3.console.aws.amazon.com/s3/object/{bucket}?prefix={key}")
        String consoleUrl,

        @Setting(value = "How long the server may take for each answer.", byDefault = "30s", shortest = "1s")
        Duration timeout)
        implements CheckedSettings {
    private static final Pattern INDEX = Pattern.compile("[a-z0-9][a-z0-9._-]{0,199}");

    /** Whether there is a server. */
    public boolean isOn() {
        return url != null;
    }

    private static boolean isLink(String template) {
        try {
            URI link = new URI(template.replace("{bucket}", "bucket").replace("{key}", "key"));
            return link.getHost() != null
                    && ("https".equalsIgnoreCase(link.getScheme()) || "http".equalsIgnoreCase(link.getScheme()));
        } catch (URISyntaxException _) {
            return false;
        }
    }

    @Override
    public void check(Problems problems) {
        boolean isTls = url != null && "https".equalsIgnoreCase(url.getScheme());
        if (url != null
                && (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null)) {
            // It may have a password.
            problems.add("url", null, "must have neither a user nor a query nor a fragment");
        }
        if ((username == null) != (password == null)) {
            problems.add(username == null ? "username" : "password", null, "is required: both or none");
        }
        if (password != null && url != null && !isTls) {
            problems.add("url", url, "must begin with https:// with a password");
        }
        if (caFile != null && !isTls) {
            problems.add("caFile", caFile, "requires a url that begins with https://");
        }
        if (!isLink(consoleUrl)) {
            problems.add(
                    "consoleUrl",
                    consoleUrl,
                    "must be a URL that begins with https:// or http://, with no other names in braces than {bucket} and"
                            + " {key}");
        }
        if (!INDEX.matcher(indexPrefix).matches()) {
            problems.add(
                    "indexPrefix",
                    indexPrefix,
                    "must have lower-case letters, digits, `.`, `-` and `_`, and begin with a letter or digit");
        }
        if (fallbackBucket != null) {
            if (!NameRule.BUCKET.accepts(fallbackBucket)) {
                problems.add("fallbackBucket", fallbackBucket, "must be " + NameRule.BUCKET.expected());
            }
            if (url == null) {
                problems.add("url", null, "is required with manifest.fallbackBucket");
            }
        }
    }
}

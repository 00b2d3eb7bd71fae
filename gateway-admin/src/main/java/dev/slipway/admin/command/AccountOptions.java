package dev.slipway.admin.command;

import dev.slipway.core.account.AccountOption;
import dev.slipway.transfer.json.JsonWords;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The options for adding or changing an account. All are read as text, for helpful errors. */
final class AccountOptions {
    private static final String READ_ONLY = ":ro";
    private static final String ARCHIVES = ":archives";

    /** {@code all} includes neither administration nor pushes: these must be named. */
    private static final String ALL_OPTIONS = Arrays.stream(AccountOption.values())
            .filter(option -> option != AccountOption.ADMIN && option != AccountOption.PUSH)
            .map(JsonWords::of)
            .collect(Collectors.joining(","));

    @Option(
            names = "--mount",
            paramLabel = "PATH=BUCKET[/PREFIX/][:ro][:archives]",
            description = "Shows the bucket, or the part below the prefix, at PATH; :ro for read-only,"
                    + " :archives for archived files, too. Repeatable;"
                    + " replaces all mounts. New accounts without any see the whole bucket in the configuration at /.")
    private List<String> mounts = List.of();

    @Option(
            names = "--permissions",
            paramLabel = "LIST",
            description =
                    "Permissions: list,read,write,overwrite,delete,rename,mkdir, or all, or none. New accounts: all")
    private @Nullable String permissions;

    @Option(
            names = "--protocols",
            paramLabel = "LIST",
            description = "Allowed protocols: ftps,sftp,http, or all. New accounts: all")
    private @Nullable String protocols;

    @Option(
            names = "--networks",
            paramLabel = "LIST",
            description = "Allowed networks, such as 192.0.2.0/24,2001:db8::/32, or any. New accounts: any")
    private @Nullable String networks;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            description =
                    "Expiry date; logins are refused from then on: 2030-01-31 (at 00:00 UTC), 2030-01-31T18:00:00Z, or"
                            + " never. New accounts: never")
    private @Nullable String expires;

    @Option(
            names = "--options",
            paramLabel = "LIST",
            description = "Special rights and features:"
                    + " legacy-algorithms,missing-close-notify,posix-attributes,upload-md5,upload-sha1,upload-sha256,"
                    + "upload-sha512 (or all, for these), push (may push files, with FTP's SITE PUSH), admin (may run these commands"
                    + " over SSH); or none. New accounts: none")
    private @Nullable String options;

    @Option(
            names = "--max-sessions",
            paramLabel = "N",
            description =
                    "Maximum number of concurrent sessions, over all protocols, or unlimited. New accounts: unlimited")
    private @Nullable String maxSessions;

    @Option(
            names = "--resume",
            paramLabel = "POLICY",
            description = "What happens to interrupted uploads: off (they are aborted), stat (the account can resume"
                    + " them, and sees their sizes when it asks for a path), or listed (it also sees them in"
                    + " listings). New accounts: stat")
    private @Nullable String resume;

    @Option(
            names = "--quota-bytes",
            paramLabel = "SIZE",
            description = "Bytes that it may store below its writable mounts, such as 10GiB, or unlimited, or default:"
                    + " quota.bytes in the configuration. New accounts: default")
    private @Nullable String quotaBytes;

    @Option(
            names = "--quota-files",
            paramLabel = "N",
            description =
                    "Files that it may store there, or unlimited, or default: quota.files in the configuration. New"
                            + " accounts: default")
    private @Nullable String quotaFiles;

    @Option(
            names = "--upload-rate",
            paramLabel = "SIZE",
            description = "Maximum upload rate in bytes per second, for all sessions together, such as 5MiB, or"
                    + " unlimited, or default: bandwidth.accountUpload. New accounts: default")
    private @Nullable String uploadRate;

    @Option(
            names = "--download-rate",
            paramLabel = "SIZE",
            description = "Maximum download rate in bytes per second, likewise, or default: bandwidth.accountDownload."
                    + " New accounts: default")
    private @Nullable String downloadRate;

    @Option(
            names = "--principals",
            paramLabel = "LIST",
            description =
                    "Principals whose SSH certificates log in to the account, or own, for its own name. New accounts:"
                            + " own")
    private @Nullable String principals;

    @Option(
            names = "--remotes",
            paramLabel = "LIST",
            description =
                    "Remotes that it may push files to, with the option push: names separated by commas, or none. New"
                            + " accounts: none")
    private @Nullable String remotes;

    /** The given options by the fields of {@link dev.slipway.core.account.AccountDefinition}. */
    GivenOptions given(CommandContext context) {
        GivenOptions given = new GivenOptions(context)
                .list("permissions", "--permissions", lowerCase(permissions), "all", "none")
                .list("protocols", "--protocols", lowerCase(protocols), "all", null)
                .list("networks", "--networks", networks, "any", null)
                .text("expires", "--expires", expires, "never")
                .list("options", "--options", "all".equals(options) ? ALL_OPTIONS : lowerCase(options), null, "none")
                .number("maxSessions", "--max-sessions", maxSessions, "unlimited")
                .text("resume", "--resume", lowerCase(resume))
                .text("quotaBytes", "--quota-bytes", quotaBytes)
                .text("quotaFiles", "--quota-files", quotaFiles)
                .text("uploadRate", "--upload-rate", uploadRate)
                .text("downloadRate", "--download-rate", downloadRate)
                .list("principals", "--principals", principals, "own", null)
                .list("remotes", "--remotes", remotes, null, "none");
        if (!mounts.isEmpty()) {
            ArrayNode array = given.array("mounts", "--mount", mounts);
            mounts.forEach(text -> parseMount(context, text, array.addObject()));
        }
        return given;
    }

    private static @Nullable String lowerCase(@Nullable String text) {
        return text == null ? null : text.toLowerCase(Locale.ROOT);
    }

    private static void parseMount(CommandContext context, String text, ObjectNode mount) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw context.wrong(
                    "--mount '" + text + "': expected PATH=BUCKET or PATH=BUCKET/PREFIX/, such as /in=files/in/");
        }
        String place = text.substring(equals + 1);
        boolean readOnly = false;
        boolean archives = false;
        while (place.endsWith(READ_ONLY) || place.endsWith(ARCHIVES)) {
            boolean isReadOnly = place.endsWith(READ_ONLY);
            readOnly |= isReadOnly;
            archives |= !isReadOnly;
            place = place.substring(0, place.length() - (isReadOnly ? READ_ONLY : ARCHIVES).length());
        }
        int slash = place.indexOf('/');
        mount.put("path", text.substring(0, equals));
        mount.put("bucket", slash < 0 ? place : place.substring(0, slash));
        mount.put("prefix", slash < 0 ? "" : place.substring(slash + 1));
        mount.put("readOnly", readOnly);
        mount.put("archives", archives);
    }
}

package dev.slipway.admin.command;

import dev.slipway.core.NameRule;
import dev.slipway.core.Protocol;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.Expiry;
import dev.slipway.core.unit.SizeLimit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for adding or changing an account. All are read as text, for helpful errors. */
final class AccountOptions {
    @Option(
            names = "--mount",
            paramLabel = "PATH=BUCKET[/PREFIX/][:ro]",
            description = "Shows the bucket, or the part below the prefix, at PATH; :ro for read-only. Repeatable;"
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
            description = "Allowed protocols: ftps,sftp, or all. New accounts: all")
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
                    + " legacy-algorithms,missing-close-notify,upload-md5,upload-sha1,upload-sha256,upload-sha512 (or"
                    + " all, for these), push (may push files, with FTP's SITE PUSH), admin (may run these commands"
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

    boolean areEmpty() {
        return mounts.isEmpty()
                && permissions == null
                && protocols == null
                && networks == null
                && expires == null
                && options == null
                && maxSessions == null
                && resume == null
                && quotaBytes == null
                && quotaFiles == null
                && uploadRate == null
                && downloadRate == null
                && principals == null
                && remotes == null;
    }

    boolean haveMounts() {
        return !mounts.isEmpty();
    }

    /**
     * Applies the given options to an account.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    AccountEntry apply(AccountEntry entry) {
        Account account = entry.account();
        AccountEntry changed = entry.withAccount(new Account(
                account.name(),
                mounts.isEmpty() ? account.mounts() : parseMounts(),
                permissions == null
                        ? account.permissions()
                        : parse("--permissions", permissions, Permission.class, true),
                options == null ? account.options() : parseOptions(options),
                maxSessions == null ? account.maxSessions() : parseMaxSessions(maxSessions),
                resume == null ? account.resume() : parseResume(resume),
                parseLimits(account.limits()),
                remotes == null ? account.remotes() : parseRemotes(remotes)));
        if (protocols != null) {
            changed = changed.withProtocols(parse("--protocols", protocols, Protocol.class, false));
        }
        if (networks != null) {
            changed = changed.withNetworks(parseNetworks(networks));
        }
        if (principals != null) {
            changed = changed.withPrincipals(parsePrincipals(principals));
        }
        return expires == null ? changed : changed.withExpires(parseExpires(expires));
    }

    /** Fails as {@link #apply} would, before anything is asked or opened. */
    void check() {
        Account nobody = new Account("nobody", List.of(new Mount(VirtualPath.ROOT, "none", "", false)), Set.of());
        AccountEntry _ = apply(AccountEntry.of(nobody, null, List.of()));
    }

    private List<Mount> parseMounts() {
        List<Mount> parsed = new ArrayList<>();
        Set<VirtualPath> paths = new HashSet<>();
        for (String text : mounts) {
            Mount mount = parseMount(text);
            if (!paths.add(mount.path())) {
                throw new IllegalArgumentException("--mount '" + text + "': " + mount.path() + " is mounted twice");
            }
            parsed.add(mount);
        }
        return parsed;
    }

    private static Mount parseMount(String text) {
        int equals = text.indexOf('=');
        if (!text.startsWith("/") || equals < 0) {
            throw new IllegalArgumentException(
                    "--mount '" + text + "': expected PATH=BUCKET or PATH=BUCKET/PREFIX/, such as /in=files/in/");
        }
        boolean readOnly = text.endsWith(":ro");
        String place = text.substring(equals + 1, text.length() - (readOnly ? ":ro".length() : 0));
        int slash = place.indexOf('/');
        String bucket = slash < 0 ? place : place.substring(0, slash);
        String prefix = slash < 0 ? "" : place.substring(slash + 1);
        if (!NameRule.BUCKET.accepts(bucket)) {
            throw new IllegalArgumentException("--mount '" + text + "': '" + bucket
                    + "' is not a valid bucket name; expected " + NameRule.BUCKET.expected());
        }
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            throw new IllegalArgumentException("--mount '" + text + "': the prefix must end with '/': " + prefix + "/");
        }
        try {
            VirtualPath path = VirtualPath.parse(text.substring(0, equals));
            if (!path.toString().equals(text.substring(0, equals))) {
                throw new IllegalArgumentException(
                        "--mount '" + text + "': the path must be normalised, such as " + path);
            }
            return new Mount(path, bucket, prefix, readOnly);
        } catch (VfsException e) {
            throw new IllegalArgumentException("--mount '" + text + "': " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw e.getMessage() != null && e.getMessage().startsWith("--mount")
                    ? e
                    : new IllegalArgumentException("--mount '" + text + "': " + e.getMessage(), e);
        }
    }

    private static <E extends Enum<E>> Set<E> parse(String option, String text, Class<E> type, boolean mayBeNone) {
        if (text.equals("all")) {
            return EnumSet.allOf(type);
        }
        Set<E> values = EnumSet.noneOf(type);
        if (mayBeNone && text.equals("none")) {
            return values;
        }
        for (String word : text.split(",", -1)) {
            E value = Arrays.stream(type.getEnumConstants())
                    .filter(constant -> word(constant).equalsIgnoreCase(word.strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(option + " '" + text + "': '" + word
                            + "' is not one of "
                            + Arrays.stream(type.getEnumConstants())
                                    .map(AccountOptions::word)
                                    .collect(Collectors.joining(", "))
                            + (mayBeNone ? ", all or none" : ", or all")));
            values.add(value);
        }
        return values;
    }

    /** {@code all} does not include administration: such options must be named. */
    private static Set<AccountOption> parseOptions(String text) {
        Set<AccountOption> parsed = parse("--options", text, AccountOption.class, true);
        if (text.equals("all")) {
            parsed.removeAll(Set.of(AccountOption.ADMIN, AccountOption.PUSH));
        }
        return parsed;
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int parseMaxSessions(String text) {
        if (text.equals("unlimited")) {
            return Account.UNLIMITED;
        }
        if (!text.matches("[1-9]\\d{0,8}")) {
            throw new IllegalArgumentException(
                    "--max-sessions '" + text + "': expected a number of at least 1, or unlimited");
        }
        return Integer.parseInt(text);
    }

    private static ResumePolicy parseResume(String text) {
        return Arrays.stream(ResumePolicy.values())
                .filter(policy -> word(policy).equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("--resume '" + text + "': expected off, stat or listed"));
    }

    private AccountLimits parseLimits(AccountLimits limits) {
        AccountLimits changed = limits;
        if (quotaBytes != null) {
            changed = changed.withQuotaBytes(parseSize("--quota-bytes", quotaBytes));
        }
        if (quotaFiles != null) {
            changed = changed.withQuotaFiles(parseLimit(
                    "--quota-files", quotaFiles, text -> CountLimit.parse(text).count()));
        }
        if (uploadRate != null) {
            changed = changed.withUploadRate(parseSize("--upload-rate", uploadRate));
        }
        return downloadRate == null ? changed : changed.withDownloadRate(parseSize("--download-rate", downloadRate));
    }

    private static long parseSize(String option, String text) {
        return parseLimit(option, text, size -> SizeLimit.parse(size).bytes());
    }

    private static long parseLimit(String option, String text, ToLongFunction<String> parser) {
        if (text.equals("default")) {
            return AccountLimits.BY_DEFAULT;
        }
        try {
            return parser.applyAsLong(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    option + " '" + text + "': expected " + e.getMessage() + ", or default", e);
        }
    }

    private static Set<String> parsePrincipals(String text) {
        if (text.equals("own")) {
            return Set.of();
        }
        Set<String> parsed = new HashSet<>();
        for (String word : text.split(",", -1)) {
            if (word.isBlank()) {
                throw new IllegalArgumentException(
                        "--principals '" + text + "': expected names separated by commas, or own");
            }
            parsed.add(word.strip());
        }
        return parsed;
    }

    private static Set<String> parseRemotes(String text) {
        if (text.equals("none")) {
            return Set.of();
        }
        Set<String> parsed = new HashSet<>();
        for (String word : text.split(",", -1)) {
            if (!NameRule.REMOTE.accepts(word.strip())) {
                throw new IllegalArgumentException(
                        "--remotes '" + text + "': expected names of remotes separated by commas, or none");
            }
            parsed.add(word.strip());
        }
        return parsed;
    }

    private static List<Network> parseNetworks(String text) {
        if (text.equals("any")) {
            return List.of();
        }
        List<Network> parsed = new ArrayList<>();
        for (String word : text.split(",", -1)) {
            try {
                parsed.add(Network.parse(word.strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("--networks: " + e.getMessage(), e);
            }
        }
        return parsed;
    }

    private static @Nullable Instant parseExpires(String text) {
        if (text.equals("never")) {
            return null;
        }
        try {
            return Expiry.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "--expires '" + text + "': expected " + e.getMessage() + ", or never", e);
        }
    }
}

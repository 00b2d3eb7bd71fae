package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedAccount;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.unit.SizeLimit;
import dev.slipway.transfer.json.JsonWords;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An account as shown by the commands and the API: everything except its password hash.
 *
 * @param account the account, and where it is defined
 */
public record AccountView(ManagedAccount account) {
    private AccountEntry entry() {
        return account.entry();
    }

    private String source() {
        return account.configured() ? "configuration" : "database";
    }

    private String state() {
        Instant expires = entry().expires();
        if (!entry().enabled()) {
            return "disabled";
        }
        return expires != null && !Instant.now().isBefore(expires) ? "expired" : "enabled";
    }

    private @Nullable Integer maxSessions() {
        int maxSessions = entry().account().maxSessions();
        return maxSessions == Account.UNLIMITED ? null : (Integer) maxSessions;
    }

    private String resume() {
        return JsonWords.of(entry().account().resume());
    }

    /** A number, or the word for none. */
    private static Object limit(long value) {
        if (value == AccountLimits.BY_DEFAULT) {
            return "default";
        }
        return value == AccountLimits.NONE ? "unlimited" : (Object) value;
    }

    private static String size(long value) {
        return new SizeLimit(value).toString();
    }

    private static String rate(long value) {
        if (value == AccountLimits.BY_DEFAULT) {
            return "default";
        }
        return value == AccountLimits.NONE ? "unlimited" : size(value) + "/s";
    }

    private static List<String> names(Collection<? extends Enum<?>> values) {
        return values.stream().sorted().map(JsonWords::of).toList();
    }

    private static String format(Mount mount) {
        return mount.path() + "=" + mount.bucket() + (mount.prefix().isEmpty() ? "" : "/" + mount.prefix())
                + (mount.readOnly() ? ":ro" : "")
                + (mount.archives() ? ":archives" : "");
    }

    private static String joined(Stream<String> values, String separator, String otherwise) {
        String joined = values.collect(Collectors.joining(separator));
        return joined.isEmpty() ? otherwise : joined;
    }

    /** As JSON, as {@code openapi.json} describes it. */
    public Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", entry().name());
        json.put("source", source());
        json.put("state", state());
        json.put("password", entry().password() != null);
        json.put("expires", entry().expires());
        json.put("protocols", names(entry().protocols()));
        json.put("networks", entry().networks());
        json.put("permissions", names(entry().account().permissions()));
        json.put("options", names(entry().account().options()));
        json.put("maxSessions", maxSessions());
        json.put("resume", resume());
        AccountLimits limits = entry().account().limits();
        json.put("quotaBytes", limit(limits.quotaBytes()));
        json.put("quotaFiles", limit(limits.quotaFiles()));
        json.put("uploadRate", limit(limits.uploadRate()));
        json.put("downloadRate", limit(limits.downloadRate()));
        json.put("principals", entry().principals().stream().sorted().toList());
        json.put("remotes", entry().account().remotes().stream().sorted().toList());
        List<Map<String, Object>> mounts = new ArrayList<>();
        for (Mount mount : entry().account().mounts()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("path", mount.path());
            one.put("bucket", mount.bucket());
            one.put("prefix", mount.prefix());
            one.put("readOnly", mount.readOnly());
            one.put("archives", mount.archives());
            mounts.add(one);
        }
        json.put("mounts", mounts);
        json.put("keys", entry().keys().stream().map(AccountView::key).toList());
        return json;
    }

    /** A public key as JSON. */
    public static Map<String, Object> key(AuthorizedKey key) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("fingerprint", key.fingerprint());
        json.put("type", key.type());
        json.put("comment", key.comment());
        return json;
    }

    String text() {
        List<String> lines = new ArrayList<>();
        line(lines, "name", entry().name());
        line(lines, "source", source());
        line(lines, "state", state());
        line(lines, "password", entry().password() == null ? "none" : "set");
        line(lines, "expires", entry().expires() == null ? "never" : String.valueOf(entry().expires()));
        line(lines, "protocols", String.join(",", names(entry().protocols())));
        line(lines, "networks", joined(entry().networks().stream().map(String::valueOf), ",", "any"));
        line(lines, "permissions", joined(names(entry().account().permissions()).stream(), ",", "none"));
        line(lines, "options", joined(names(entry().account().options()).stream(), ",", "none"));
        line(lines, "sessions", maxSessions() == null ? "unlimited" : "at most " + maxSessions());
        line(lines, "resume", resume());
        AccountLimits limits = entry().account().limits();
        line(lines, "bytes", limits.quotaBytes() == AccountLimits.BY_DEFAULT ? "default" : size(limits.quotaBytes()));
        line(lines, "files", String.valueOf(limit(limits.quotaFiles())));
        line(lines, "upload", rate(limits.uploadRate()));
        line(lines, "download", rate(limits.downloadRate()));
        if (!entry().principals().isEmpty()) {
            line(lines, "principals", entry().principals().stream().sorted().collect(Collectors.joining(",")));
        }
        if (!entry().account().remotes().isEmpty()) {
            line(lines, "remotes", entry().account().remotes().stream().sorted().collect(Collectors.joining(",")));
        }
        entry().account().mounts().forEach(mount -> line(lines, "mount", format(mount)));
        entry().keys()
                .forEach(key ->
                        line(lines, "key", (key.fingerprint() + " " + key.type() + " " + key.comment()).strip()));
        return String.join(System.lineSeparator(), lines);
    }

    private static void line(List<String> lines, String label, String value) {
        lines.add(String.format("%-12s %s", label, value));
    }

    static String table(List<AccountView> views) {
        Table table = new Table("NAME", "SOURCE", "STATE", "MOUNTS");
        views.forEach(view -> table.add(
                view.account().name(),
                view.source(),
                view.state(),
                joined(view.entry().account().mounts().stream().map(AccountView::format), " ", "")));
        return table.toString();
    }
}

package dev.slipway.admin.api;

import dev.slipway.core.NameRule;
import dev.slipway.core.Protocol;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads accounts from JSON, field by field. */
final class AccountJson {
    private static final String PASSWORD = "1 to 128 characters, none of them a control character";
    private static final String LIMIT = "a whole number of at least 1, unlimited, or default";
    private static final String DEFAULT = "default";
    private static final String UNLIMITED = "unlimited";

    private AccountJson() {}

    static Map<String, Object> show(AuthorizedKey key) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("fingerprint", key.fingerprint());
        json.put("type", key.type());
        json.put("comment", key.comment());
        return json;
    }

    /** Given fields change; null resets a field to the default for new accounts. {@link Input#check} reports errors. */
    static AccountEntry change(AccountEntry entry, Input body) {
        Account account = entry.account();
        List<Mount> mounts = body.has("mounts") ? mounts(body) : account.mounts();
        Account changed = new Account(
                account.name(),
                mounts.isEmpty() ? account.mounts() : mounts,
                body.has("permissions")
                        ? all(body, "permissions", Permission.class, EnumSet.allOf(Permission.class))
                        : account.permissions(),
                body.has("options") ? all(body, "options", AccountOption.class, Set.of()) : account.options(),
                body.has("maxSessions")
                        ? (int) body.number("maxSessions", 1, 999_999_999, Account.UNLIMITED)
                        : account.maxSessions(),
                body.has("resume")
                        ? Objects.requireNonNullElse(body.oneOf("resume", ResumePolicy.class), ResumePolicy.STAT)
                        : account.resume(),
                limits(account.limits(), body),
                body.has("remotes") ? remotes(body) : account.remotes());
        AccountEntry result = entry.withAccount(changed);
        if (body.has("protocols")) {
            Set<Protocol> protocols = all(body, "protocols", Protocol.class, EnumSet.allOf(Protocol.class));
            if (protocols.isEmpty()) {
                body.refuse("protocols", "there is none", "at least one of " + Input.words(Protocol.class));
            } else {
                result = result.withProtocols(protocols);
            }
        }
        if (body.has("networks")) {
            result = result.withNetworks(
                    body.parsedList("networks", "networks such as 192.0.2.0/24 or 2001:db8::/32", Network::parse));
        }
        if (body.has("principals")) {
            result = result.withPrincipals(new HashSet<>(body.parsedList("principals", "names", name -> {
                if (name.isBlank() || name.contains(",")) {
                    throw new IllegalArgumentException("it is empty or contains a comma");
                }
                return name;
            })));
        }
        if (body.has("expires")) {
            Instant expires = body.time("expires");
            result = result.withExpires(expires == null ? null : Instant.ofEpochSecond(expires.getEpochSecond()));
        }
        return body.has("enabled") ? result.withEnabled(body.flag("enabled", true)) : result;
    }

    private static Set<String> remotes(Input body) {
        return new HashSet<>(body.parsedList("remotes", "names of remotes", name -> {
            if (!NameRule.REMOTE.accepts(name)) {
                throw new IllegalArgumentException("it is not a valid remote name");
            }
            return name;
        }));
    }

    private static <E extends Enum<E>> Set<E> all(Input body, String name, Class<E> type, Set<E> byDefault) {
        return body.isNull(name) ? byDefault : body.constants(name, type);
    }

    private static AccountLimits limits(AccountLimits limits, Input body) {
        return limits.withQuotaBytes(limit(body, "quotaBytes", limits.quotaBytes()))
                .withQuotaFiles(limit(body, "quotaFiles", limits.quotaFiles()))
                .withUploadRate(limit(body, "uploadRate", limits.uploadRate()))
                .withDownloadRate(limit(body, "downloadRate", limits.downloadRate()));
    }

    private static long limit(Input body, String name, long before) {
        if (!body.has(name)) {
            return before;
        }
        if (!body.isText(name)) {
            return body.number(name, 1, Long.MAX_VALUE - 1, AccountLimits.BY_DEFAULT);
        }
        Long limit = body.parsed(name, LIMIT, text -> switch (text) {
            case DEFAULT -> AccountLimits.BY_DEFAULT;
            case UNLIMITED -> AccountLimits.NONE;
            default -> throw new IllegalArgumentException("it is not one of these words");
        });
        return limit == null ? AccountLimits.BY_DEFAULT : limit;
    }

    /** Empty if it is wrong. */
    private static List<Mount> mounts(Input body) {
        List<Mount> mounts = new ArrayList<>();
        Set<VirtualPath> paths = new HashSet<>();
        for (Input one : body.objects("mounts")) {
            VirtualPath path = one.parsed("path", "an absolute path such as /in", AccountJson::path);
            if (!one.has("path")) {
                one.refuse("path", "it is missing", "an absolute path such as /in");
            } else if (path != null && !paths.add(path)) {
                one.refuse("path", path + " is mounted twice", "each path once");
            }
            String bucket = one.requiredText("bucket", "a bucket name");
            if (!bucket.isBlank() && !NameRule.BUCKET.accepts(bucket)) {
                one.refuse("bucket", "'" + bucket + "' is not a valid bucket name", NameRule.BUCKET.expected());
            }
            String prefix = Objects.requireNonNullElse(one.text("prefix"), "");
            boolean readOnly = one.flag("readOnly", false);
            if (!prefix.isEmpty() && !prefix.endsWith("/")) {
                one.refuse("prefix", "it does not end with /", prefix + "/");
            } else if (path != null && NameRule.BUCKET.accepts(bucket)) {
                try {
                    mounts.add(new Mount(path, bucket, prefix, readOnly));
                } catch (IllegalArgumentException e) {
                    one.refuse("prefix", String.valueOf(e.getMessage()), "a prefix that ends with /");
                }
            }
        }
        if (mounts.isEmpty()) {
            body.refuse("mounts", "there is no valid mount", "an array of at least one mount");
        }
        return mounts;
    }

    private static VirtualPath path(String text) {
        try {
            VirtualPath path = VirtualPath.parse(text);
            if (!path.toString().equals(text)) {
                throw new IllegalArgumentException("it is not normalised, such as " + path);
            }
            return path;
        } catch (VfsException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * The hash of a password to be set; computing it takes a while.
     *
     * @return null if there is none, or it is invalid
     */
    static @Nullable PasswordHash password(Input body) {
        String password = body.text("password", PASSWORD);
        if (password == null) {
            return null;
        }
        try {
            return PasswordHash.ofNew(password.toCharArray());
        } catch (IllegalArgumentException e) {
            body.refuse("password", "it " + e.getMessage(), PASSWORD);
            return null;
        }
    }
}

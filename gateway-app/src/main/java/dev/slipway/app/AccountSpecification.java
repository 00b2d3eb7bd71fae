package dev.slipway.app;

import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An account, as a program describes it. What is not said here has the default of the configuration's {@code accounts[]}: all
 * permissions, all protocols, the whole default bucket at {@code /}, no limits. Values are checked when the gateway starts, or
 * when an {@link Authenticator} returns the account. Not safe for use by several threads while it is changed.
 *
 * <pre>{@code
 * AccountSpecification.named("anna")
 *         .authorizedKey("ssh-ed25519 AAAA... anna@laptop")
 *         .mount(MountSpecification.of("/", "anna/"))
 *         .permissions(Permission.LIST, Permission.READ, Permission.WRITE)
 *         .quotaBytes(10L << 30)
 * }</pre>
 */
public final class AccountSpecification {
    private final Map<String, String> settings = new LinkedHashMap<>();
    private int keys;
    private int mounts;
    private int networks;
    private int principals;

    private AccountSpecification(String name) {
        settings.put("name", name);
    }

    /**
     * An account of this name.
     *
     * @param name the login name: 1 to 64 letters, digits and {@code . _ @ -}, not beginning with {@code -}
     */
    public static AccountSpecification named(String name) {
        return new AccountSpecification(name);
    }

    private AccountSpecification with(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** The password in clear text; hashed when the gateway starts. Ignored for accounts of an {@link Authenticator}. */
    public AccountSpecification password(String password) {
        return with("password", password);
    }

    /** An Argon2id hash of the password, as printed by {@code slipway hash-password}. */
    public AccountSpecification passwordHash(String hash) {
        return with("passwordHash", hash);
    }

    /**
     * Adds a public key for SSH.
     *
     * @param line as in OpenSSH's {@code authorized_keys}: {@code ssh-ed25519 AAAA... comment}
     */
    public AccountSpecification authorizedKey(String line) {
        return with("authorizedKeys[" + keys++ + "]", line);
    }

    /** Adds a principal whose SSH certificates log in to the account. Default: the account's name. */
    public AccountSpecification principal(String name) {
        return with("principals[" + principals++ + "]", name);
    }

    /** Adds a mount. Default: the whole default bucket at {@code /}. */
    public AccountSpecification mount(MountSpecification mount) {
        String key = "mounts[" + mounts++ + "].";
        mount.settings().forEach((name, value) -> with(key + name, value));
        return this;
    }

    /** What the account may do. Default: everything. */
    public AccountSpecification permissions(Permission... permissions) {
        return with("permissions", names(permissions));
    }

    /** The protocols that it may use. Default: all. */
    public AccountSpecification protocols(Protocol... protocols) {
        return with("protocols", names(protocols));
    }

    /** Adds a network from which it may log in, such as {@code 192.0.2.0/24}. Default: any. */
    public AccountSpecification network(String network) {
        return with("networks[" + networks++ + "]", network);
    }

    /** Logins are refused from then on. Default: never. */
    public AccountSpecification expires(Instant instant) {
        return with("expires", instant.toString());
    }

    /** The most concurrent sessions, over all protocols; at least 1. Default: any number. */
    public AccountSpecification maxSessions(int count) {
        return with("maxSessions", String.valueOf(count));
    }

    /** Special rights and features. Default: none. */
    public AccountSpecification options(AccountOption... options) {
        return with("options", names(options));
    }

    /** What happens to interrupted uploads. Default: {@link ResumePolicy#STAT}. */
    public AccountSpecification resume(ResumePolicy policy) {
        return with("resume", name(policy));
    }

    /** The most bytes below its writable mounts; at least 1. Default: {@code quota.bytes}. */
    public AccountSpecification quotaBytes(long bytes) {
        return with("quotaBytes", bytes + "B");
    }

    /** The most files below its writable mounts; at least 1. Default: {@code quota.files}. */
    public AccountSpecification quotaFiles(long files) {
        return with("quotaFiles", String.valueOf(files));
    }

    /** The highest upload rate of all its sessions together, in bytes per second. Default: {@code bandwidth.accountUpload}. */
    public AccountSpecification uploadRate(long bytesPerSecond) {
        return with("uploadRate", bytesPerSecond + "B");
    }

    /** Likewise for downloads. Default: {@code bandwidth.accountDownload}. */
    public AccountSpecification downloadRate(long bytesPerSecond) {
        return with("downloadRate", bytesPerSecond + "B");
    }

    /** The names of remotes that it may push files to, with {@link AccountOption#PUSH}. Default: none. */
    public AccountSpecification remotes(String... names) {
        return with("remotes", String.join(",", names));
    }

    private static String name(Enum<?> constant) {
        return constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String names(Enum<?>... constants) {
        return Arrays.stream(constants).map(AccountSpecification::name).collect(Collectors.joining(","));
    }

    /** By the keys of an account in the configuration. */
    Map<String, String> settings() {
        return settings;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "account " + settings.get("name");
    }
}

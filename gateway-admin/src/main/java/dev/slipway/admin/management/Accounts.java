package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.StateDatabase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of a gateway: those of its configuration, which are read-only here, and those of its state database. Commands
 * and the HTTP API change accounts through this class only, so that each rule stands in one place.
 *
 * <p>All calls block for the database and may come from any thread. A failure of the database is a
 * {@link dev.slipway.core.state.StateException}. A running gateway takes up a change within about a second.
 */
@SuppressWarnings("exports") // only Slipway itself calls its constructor
public final class Accounts {
    private final AccountTable table;
    private final List<AccountEntry> configured;
    private final @Nullable String bucket;
    private final Function<String, AuthorizedKey> keys;

    /**
     * @param configured the accounts of the configuration
     * @param bucket what new accounts see unless they have mounts; null if the configuration names no bucket
     * @param keys reads a line of an {@code authorized_keys} file; throws IllegalArgumentException with a message for people
     */
    public Accounts(
            StateDatabase database,
            List<AccountEntry> configured,
            @Nullable String bucket,
            Function<String, AuthorizedKey> keys) {
        this.table = new AccountTable(database);
        this.configured = List.copyOf(configured);
        this.bucket = bucket;
        this.keys = keys;
    }

    /** All accounts by name. A configured account hides one of the database that has its name. */
    public List<ManagedAccount> all() {
        List<ManagedAccount> all = new ArrayList<>();
        configured.forEach(entry -> all.add(new ManagedAccount(entry, true)));
        for (AccountEntry entry : table.read().entries()) {
            if (!isConfigured(entry.name())) {
                all.add(new ManagedAccount(entry, false));
            }
        }
        all.sort(Comparator.comparing(ManagedAccount::name));
        return all;
    }

    /**
     * Returns an account.
     *
     * @throws ManagementException if it does not exist
     */
    public ManagedAccount find(String name) throws ManagementException {
        for (AccountEntry entry : configured) {
            if (entry.name().equals(name)) {
                return new ManagedAccount(entry, true);
            }
        }
        return new ManagedAccount(table.find(name).orElseThrow(() -> notFound(name)), false);
    }

    /**
     * Returns an account that can be changed here.
     *
     * @throws ManagementException if it does not exist, or the configuration defines it
     */
    public AccountEntry changeable(String name) throws ManagementException {
        if (isConfigured(name)) {
            throw new ManagementException(
                    Reason.READ_ONLY,
                    "the account '" + name + "' is in the configuration file; change it there and restart the gateway");
        }
        return table.find(name).orElseThrow(() -> notFound(name));
    }

    /** Whether new accounts see the bucket of the configuration, and need no mounts of their own. */
    public boolean hasDefaultMount() {
        return bucket != null;
    }

    /**
     * The initial state of a new account: all permissions, all protocols, no limits, neither a password nor keys, and a
     * mount of the configuration's whole bucket. Without such a bucket, the mount must be replaced.
     */
    public AccountEntry template(String name) {
        Mount mount = new Mount(VirtualPath.ROOT, bucket == null ? "none" : bucket, "", false);
        return AccountEntry.of(
                new Account(name, List.of(mount), EnumSet.allOf(Permission.class)).withResume(ResumePolicy.STAT),
                null,
                List.of());
    }

    /**
     * Fails as {@link #add} would for this name.
     *
     * @throws ManagementException there is such an account
     */
    public void requireFree(String name) throws ManagementException {
        if (isConfigured(name) || table.find(name).isPresent()) {
            throw taken(name);
        }
    }

    /**
     * Adds an account.
     *
     * @throws ManagementException there is one with its name
     */
    public ManagedAccount add(AccountEntry entry) throws ManagementException {
        if (isConfigured(entry.name()) || !table.add(entry)) {
            throw taken(entry.name());
        }
        return new ManagedAccount(entry, false);
    }

    /**
     * Changes an account in one transaction.
     *
     * @param change receives the current account; must keep its name
     * @throws ManagementException if it does not exist, or the configuration defines it
     */
    public ManagedAccount change(String name, UnaryOperator<AccountEntry> change) throws ManagementException {
        AccountEntry _ = changeable(name);
        return new ManagedAccount(table.change(name, change).orElseThrow(() -> notFound(name)), false);
    }

    /**
     * Removes an account and its keys. Its files stay.
     *
     * @throws ManagementException if it does not exist, or the configuration defines it
     */
    public void remove(String name) throws ManagementException {
        AccountEntry _ = changeable(name);
        if (!table.remove(name)) {
            throw notFound(name);
        }
    }

    /**
     * Reads a public key.
     *
     * @param line of a {@code .pub} file: type, Base64 and comment
     * @throws IllegalArgumentException it is no such line; the message says why
     */
    public AuthorizedKey readKey(String line) {
        AuthorizedKey key = keys.apply(line);
        if (key.comment().chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("the comment contains control characters");
        }
        return key;
    }

    /**
     * Adds a public key. It replaces the account's key with the same fingerprint, which differs in its comment at most.
     *
     * @throws ManagementException there is no such account, or the configuration defines it
     */
    public ManagedAccount addKey(String name, AuthorizedKey key) throws ManagementException {
        return change(name, entry -> {
            List<AuthorizedKey> all = without(entry, key.fingerprint());
            all.add(key);
            return entry.withKeys(all);
        });
    }

    /**
     * Removes a public key.
     *
     * @param fingerprint {@code SHA256:…}
     * @throws ManagementException there is no such account, or it has no such key, or the configuration defines it
     */
    public ManagedAccount removeKey(String name, String fingerprint) throws ManagementException {
        AccountEntry before = changeable(name);
        if (without(before, fingerprint).size() == before.keys().size()) {
            throw new ManagementException(Reason.UNKNOWN_KEY, "the account '" + name + "' has no key " + fingerprint);
        }
        return change(name, entry -> entry.withKeys(without(entry, fingerprint)));
    }

    private static List<AuthorizedKey> without(AccountEntry entry, String fingerprint) {
        List<AuthorizedKey> keys = new ArrayList<>(entry.keys());
        keys.removeIf(key -> key.fingerprint().equals(fingerprint));
        return keys;
    }

    private boolean isConfigured(String name) {
        return configured.stream().anyMatch(entry -> entry.name().equals(name));
    }

    private ManagementException taken(String name) {
        return new ManagementException(
                Reason.ALREADY_EXISTS,
                "the account '" + name + "' already exists" + (isConfigured(name) ? ", in the configuration" : ""));
    }

    private static ManagementException notFound(String name) {
        return new ManagementException(Reason.UNKNOWN_ACCOUNT, "no such account: '" + name + "'");
    }
}

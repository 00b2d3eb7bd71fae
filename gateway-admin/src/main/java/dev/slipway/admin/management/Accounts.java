package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.StateDatabase;
import java.util.ArrayList;
import java.util.Comparator;
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
    /** What a public key looks like. */
    public static final String KEY = "the line of a .pub file: type, Base64 and comment";

    private final AccountTable table;
    private final List<AccountEntry> configured;
    private final @Nullable String bucket;
    private final Function<String, AuthorizedKey> keys;
    private final Principal principal;

    /**
     * @param configured the accounts of the configuration
     * @param bucket what new accounts see unless they have mounts; null if the configuration names no bucket
     * @param keys reads a line of an {@code authorized_keys} file; throws IllegalArgumentException with a message for people
     * @param principal whose rights are checked
     */
    public Accounts(
            StateDatabase database,
            List<AccountEntry> configured,
            @Nullable String bucket,
            Function<String, AuthorizedKey> keys,
            Principal principal) {
        this.table = new AccountTable(database);
        this.configured = List.copyOf(configured);
        this.bucket = bucket;
        this.keys = keys;
        this.principal = principal;
    }

    /** All accounts by name. A configured account hides one of the database that has its name. */
    public List<ManagedAccount> all() throws ManagementException {
        principal.require(Right.SEE);
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
     * @throws ManagementException it does not exist
     */
    public ManagedAccount find(String name) throws ManagementException {
        principal.require(Right.SEE);
        return existing(name);
    }

    /** The principal's own account. */
    AccountEntry own() throws ManagementException {
        return existing(principal.name()).entry();
    }

    private ManagedAccount existing(String name) throws ManagementException {
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
     * @throws ManagementException it does not exist, or the configuration defines it
     */
    public AccountEntry changeable(String name) throws ManagementException {
        principal.require(Right.CHANGE_ACCOUNTS);
        if (isConfigured(name)) {
            throw ManagementException.readOnly("the account '" + name + "'");
        }
        return table.find(name).orElseThrow(() -> notFound(name));
    }

    /** Every problem of a new account; empty if there is none. */
    public List<FieldProblem> problems(AccountDefinition definition) {
        return definition.problems(bucket);
    }

    /** Every problem of a change that the account does not have already; empty if there is none. */
    public List<FieldProblem> problems(AccountDefinition definition, AccountEntry before) {
        return definition.problems(before, bucket);
    }

    /**
     * Fails as {@link #add} would for this name.
     *
     * @throws ManagementException there is such an account
     */
    public void requireFree(String name) throws ManagementException {
        principal.require(Right.CHANGE_ACCOUNTS);
        if (isConfigured(name) || table.find(name).isPresent()) {
            throw taken(name);
        }
    }

    /**
     * Adds an account.
     *
     * @param password null if it cannot log in with a password
     * @throws ManagementException there is one with its name
     * @throws InvalidFieldsException there are problems
     */
    public ManagedAccount add(
            AccountDefinition definition, @Nullable PasswordHash password, List<AuthorizedKey> publicKeys)
            throws ManagementException {
        principal.require(Right.CHANGE_ACCOUNTS);
        AccountEntry entry = definition.entry(password, publicKeys, bucket);
        if (isConfigured(entry.name()) || !table.add(entry)) {
            throw taken(entry.name());
        }
        return new ManagedAccount(entry, false);
    }

    /**
     * Changes an account in one transaction.
     *
     * @param change receives the current definition; must keep its name
     * @throws ManagementException it does not exist, or the configuration defines it
     * @throws InvalidFieldsException there are problems
     */
    public ManagedAccount change(String name, UnaryOperator<AccountDefinition> change) throws ManagementException {
        return changeEntry(
                name, entry -> change.apply(AccountDefinition.of(entry)).entry(entry, bucket));
    }

    private ManagedAccount changeEntry(String name, UnaryOperator<AccountEntry> change) throws ManagementException {
        AccountEntry _ = changeable(name);
        return new ManagedAccount(table.change(name, change).orElseThrow(() -> notFound(name)), false);
    }

    /**
     * Sets or removes the password of an account.
     *
     * @param password null to remove it
     */
    public ManagedAccount setPassword(String name, @Nullable PasswordHash password) throws ManagementException {
        return changeEntry(name, entry -> entry.withPassword(password));
    }

    /**
     * Sets the password of the principal's own account. Its open sessions, which began with the old one, end.
     *
     * @throws ManagementException the principal is not an account, or its password is managed elsewhere
     */
    public void setOwnPassword(PasswordHash password) throws ManagementException {
        String name = principal.name();
        if (!principal.isAccount()) {
            throw new ManagementException(Reason.FORBIDDEN, name + " is not an account");
        }
        if (isConfigured(name)) {
            throw new ManagementException(
                    Reason.READ_ONLY,
                    "the password of this account is in the configuration file of the gateway; ask its administrator");
        }
        if (table.change(name, entry -> entry.withPassword(password)).isEmpty()) {
            throw new ManagementException(
                    Reason.READ_ONLY, "the password of this account is managed by another program; change it there");
        }
    }

    /** Removes an account and its keys. Its files stay. */
    public void remove(String name) throws ManagementException {
        AccountEntry _ = changeable(name);
        if (!table.remove(name)) {
            throw notFound(name);
        }
    }

    /**
     * Hashes a newly chosen password. Blocks for some tens of milliseconds of CPU time.
     *
     * @param password remains the caller's
     * @throws InvalidFieldsException it is not acceptable
     */
    public static PasswordHash hash(char[] password) {
        try {
            return PasswordHash.ofNew(password);
        } catch (IllegalArgumentException e) {
            throw new InvalidFieldsException(
                    "password", "it " + e.getMessage(), "1 to 128 characters, none of them a control character");
        }
    }

    /**
     * Reads a public key.
     *
     * @param field the name of the field with it, for messages
     * @param line of a {@code .pub} file: type, Base64 and comment
     * @throws InvalidFieldsException it is no such line
     */
    public AuthorizedKey readKey(String field, String line) {
        try {
            AuthorizedKey key = keys.apply(line);
            if (key.comment().chars().noneMatch(Character::isISOControl)) {
                return key;
            }
            throw new IllegalArgumentException("the comment contains control characters");
        } catch (IllegalArgumentException e) {
            throw new InvalidFieldsException(field, "it is not valid: " + e.getMessage(), KEY);
        }
    }

    /** Adds a public key. It replaces the account's key with the same fingerprint, which differs in its comment at most. */
    public ManagedAccount addKey(String name, AuthorizedKey key) throws ManagementException {
        return changeEntry(name, entry -> {
            List<AuthorizedKey> all = without(entry, key.fingerprint());
            all.add(key);
            return entry.withKeys(all);
        });
    }

    /**
     * Removes a public key.
     *
     * @param fingerprint {@code SHA256:…}
     * @throws ManagementException see {@link #change}; also if the account has no such key
     */
    public ManagedAccount removeKey(String name, String fingerprint) throws ManagementException {
        AccountEntry before = changeable(name);
        if (without(before, fingerprint).size() == before.keys().size()) {
            throw new ManagementException(Reason.UNKNOWN_KEY, "the account '" + name + "' has no key " + fingerprint);
        }
        return changeEntry(name, entry -> entry.withKeys(without(entry, fingerprint)));
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

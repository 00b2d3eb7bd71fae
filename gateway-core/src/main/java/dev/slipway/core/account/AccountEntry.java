package dev.slipway.core.account;

import dev.slipway.core.Protocol;
import java.net.InetAddress;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An account with its credentials and the conditions under which it may log in.
 *
 * @param account what it sees and may do
 * @param password null if it cannot log in with a password
 * @param keys keys for logins over SSH; may be empty
 * @param enabled false to refuse all logins while keeping the account
 * @param expires the expiry date, from which logins are refused; null for never
 * @param protocols the allowed protocols, at least one
 * @param networks the networks from which it may log in; empty for any
 * @param principals the principals whose SSH certificates may log in; empty for the account's name
 */
public record AccountEntry(
        Account account,
        @Nullable PasswordHash password,
        List<AuthorizedKey> keys,
        boolean enabled,
        @Nullable Instant expires,
        Set<Protocol> protocols,
        List<Network> networks,
        Set<String> principals) {
    public AccountEntry {
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("account " + account.name() + ": at least one protocol is needed");
        }
        keys = List.copyOf(keys);
        protocols = Set.copyOf(protocols);
        networks = List.copyOf(networks);
        principals = Set.copyOf(principals);
    }

    /** An account that accepts SSH certificates with its own name as principal. */
    public AccountEntry(
            Account account,
            @Nullable PasswordHash password,
            List<AuthorizedKey> keys,
            boolean enabled,
            @Nullable Instant expires,
            Set<Protocol> protocols,
            List<Network> networks) {
        this(account, password, keys, enabled, expires, protocols, networks, Set.of());
    }

    /** An account that may log in over every protocol from everywhere. */
    public static AccountEntry of(Account account, @Nullable PasswordHash password, List<AuthorizedKey> keys) {
        return new AccountEntry(account, password, keys, true, null, EnumSet.allOf(Protocol.class), List.of());
    }

    /** The login name. */
    public String name() {
        return account.name();
    }

    /** The same entry with another version of its account. */
    public AccountEntry withAccount(Account value) {
        return new AccountEntry(value, password, keys, enabled, expires, protocols, networks, principals);
    }

    /** The same entry with another password, or without one. */
    public AccountEntry withPassword(@Nullable PasswordHash value) {
        return new AccountEntry(account, value, keys, enabled, expires, protocols, networks, principals);
    }

    /** The same entry with other keys. */
    public AccountEntry withKeys(List<AuthorizedKey> value) {
        return new AccountEntry(account, password, value, enabled, expires, protocols, networks, principals);
    }

    /** The same entry, enabled or disabled. */
    public AccountEntry withEnabled(boolean value) {
        return new AccountEntry(account, password, keys, value, expires, protocols, networks, principals);
    }

    /** The same entry with another expiry date, or without one. */
    public AccountEntry withExpires(@Nullable Instant value) {
        return new AccountEntry(account, password, keys, enabled, value, protocols, networks, principals);
    }

    /** The same entry with other protocols. */
    public AccountEntry withProtocols(Set<Protocol> value) {
        return new AccountEntry(account, password, keys, enabled, expires, value, networks, principals);
    }

    /** The same entry with other networks. */
    public AccountEntry withNetworks(List<Network> value) {
        return new AccountEntry(account, password, keys, enabled, expires, protocols, value, principals);
    }

    /** The same entry with other principals. */
    public AccountEntry withPrincipals(Set<String> value) {
        return new AccountEntry(account, password, keys, enabled, expires, protocols, networks, value);
    }

    /** Whether SSH certificates with this principal are for this account. */
    boolean isPrincipal(String principal) {
        return principals.isEmpty() ? principal.equals(name()) : principals.contains(principal);
    }

    /** Whether it is enabled and has not expired. */
    boolean isInForce(Instant now) {
        return enabled && (expires == null || now.isBefore(expires));
    }

    /** Whether a client may log in, and continue to use its session: the one rule for logins and for each command. */
    boolean admits(LoginProof proof, @Nullable Protocol protocol, InetAddress client, Instant now) {
        return admits(protocol, client, now) && proof.holds(this);
    }

    /**
     * As above, before the credentials are checked.
     *
     * @param protocol null for the HTTP API, which an account's protocols do not cover
     */
    boolean admits(@Nullable Protocol protocol, InetAddress client, Instant now) {
        return isInForce(now)
                && (protocol == null || protocols.contains(protocol))
                && (networks.isEmpty() || networks.stream().anyMatch(network -> network.contains(client)));
    }
}

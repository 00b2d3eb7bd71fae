package dev.slipway.core.account;

import dev.slipway.core.Protocol;
import java.net.InetAddress;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An account with its proofs and the conditions under which it may log in.
 *
 * @param account what it sees and may do
 * @param password null if there is no login by password
 * @param keys log in over SSH; may be empty
 * @param enabled false: nobody logs in, but nothing is forgotten
 * @param expires from when on nobody logs in; null for never
 * @param protocols by which one may log in, at least one
 * @param networks from which one may log in; empty for any
 * @param principals whose SSH certificates log in; empty for those that name the account itself
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

    /** An account whose SSH certificates are those that name it. */
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

    /** An account that may log in by every protocol from everywhere. */
    public static AccountEntry of(Account account, @Nullable PasswordHash password, List<AuthorizedKey> keys) {
        return new AccountEntry(account, password, keys, true, null, EnumSet.allOf(Protocol.class), List.of());
    }

    /** The name to log in with. */
    public String name() {
        return account.name();
    }

    /** The same with another account of the same name. */
    public AccountEntry withAccount(Account value) {
        return new AccountEntry(value, password, keys, enabled, expires, protocols, networks, principals);
    }

    /** The same with another password, or without one. */
    public AccountEntry withPassword(@Nullable PasswordHash value) {
        return new AccountEntry(account, value, keys, enabled, expires, protocols, networks, principals);
    }

    /** The same with other keys. */
    public AccountEntry withKeys(List<AuthorizedKey> value) {
        return new AccountEntry(account, password, value, enabled, expires, protocols, networks, principals);
    }

    /** The same, enabled or disabled. */
    public AccountEntry withEnabled(boolean value) {
        return new AccountEntry(account, password, keys, value, expires, protocols, networks, principals);
    }

    /** The same with another expiry, or without one. */
    public AccountEntry withExpires(@Nullable Instant value) {
        return new AccountEntry(account, password, keys, enabled, value, protocols, networks, principals);
    }

    /** The same with other protocols. */
    public AccountEntry withProtocols(Set<Protocol> value) {
        return new AccountEntry(account, password, keys, enabled, expires, value, networks, principals);
    }

    /** The same with other networks. */
    public AccountEntry withNetworks(List<Network> value) {
        return new AccountEntry(account, password, keys, enabled, expires, protocols, value, principals);
    }

    /** The same with other principals. */
    public AccountEntry withPrincipals(Set<String> value) {
        return new AccountEntry(account, password, keys, enabled, expires, protocols, networks, value);
    }

    /** Whether an SSH certificate for this principal is for this account. */
    boolean isPrincipal(String principal) {
        return principals.isEmpty() ? principal.equals(name()) : principals.contains(principal);
    }

    /** Whether it is in use at this moment. */
    boolean isInForce(Instant now) {
        return enabled && (expires == null || now.isBefore(expires));
    }

    /** Whether somebody may log in, and go on with what they have opened: the one rule for logins and for each command. */
    boolean admits(LoginProof proof, @Nullable Protocol protocol, InetAddress client, Instant now) {
        return admits(protocol, client, now) && proof.holds(this);
    }

    /**
     * As above, with a proof that is still to be looked at.
     *
     * @param protocol null for the HTTP API, which accounts have no list for
     */
    boolean admits(@Nullable Protocol protocol, InetAddress client, Instant now) {
        return isInForce(now)
                && (protocol == null || protocols.contains(protocol))
                && (networks.isEmpty() || networks.stream().anyMatch(network -> network.contains(client)));
    }
}

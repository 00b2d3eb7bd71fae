package dev.slipway.app;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Accounts that the embedding program manages: in its own database, in a directory service, or elsewhere. The gateway asks
 * for them when somebody logs in. Its own accounts (from the configuration, the commands and the HTTP API) take precedence.
 *
 * <p>The gateway applies its own rules to these accounts too: limits on failed logins, networks, protocols, quotas, and so on.
 * Implementations must be safe for use by several threads; they may block.
 */
public interface Authenticator {
    /**
     * The account as it is now. Asked for at each login, and about once a second while the account has sessions: what an
     * account loses, its open sessions lose within about two seconds. An SSH key of the account logs in without
     * {@link #isPassword} being asked.
     *
     * <p>If this throws a runtime exception, nobody can log in to the account, but its open sessions continue.
     *
     * @return the account, without a password; empty if there is none
     */
    Optional<AccountSpecification> find(String name);

    /**
     * Whether this is the account's password. The gateway also asks for names that do not exist, so that the time of an
     * answer does not tell which do. Open sessions survive a changed password; to end them, let {@link #find} return empty
     * for a few seconds, or end them with the command {@code sessions end}.
     *
     * <p>If this throws a runtime exception, the login fails.
     *
     * @param password do not keep it: the gateway overwrites it afterwards
     * @param client the address that the login comes from
     */
    boolean isPassword(String name, char[] password, InetAddress client);
}

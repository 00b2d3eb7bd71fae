package dev.slipway.core.account;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Accounts that another program manages and that the gateway asks for when somebody logs in. Implementations must be safe
 * for use by several threads; they may block.
 */
public interface ExternalAccounts {
    /** No such accounts. */
    ExternalAccounts NONE = new ExternalAccounts() {
        @Override
        public Optional<AccountEntry> find(String name) {
            return Optional.empty();
        }

        @Override
        public boolean isPassword(String name, char[] password, InetAddress client) {
            return false;
        }
    };

    /**
     * An account as it is now, without a password. Asked for at each login, and about once a second while the account has
     * sessions. Throws a runtime exception if that is unknown at the moment.
     *
     * @return empty if there is none
     */
    Optional<AccountEntry> find(String name);

    /**
     * Whether this is the account's password. Also called for names that do not exist, so that the time of an answer does
     * not tell which do.
     *
     * @param password cleared by the caller afterwards
     * @param client the address that the login comes from
     */
    boolean isPassword(String name, char[] password, InetAddress client);

    /** Whether there can be any accounts at all. */
    default boolean isNone() {
        return equals(NONE);
    }
}

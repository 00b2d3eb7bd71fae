package dev.slipway.core.account;

import java.util.Optional;

/**
 * An authenticated login. What a client opened with it stays open for as long as the client could log in again in the
 * same way: with the same credentials, from the same address, over the same protocol. Thread-safe.
 */
public interface Login {
    /** The account as it was at the login. */
    Account account();

    /**
     * Returns the account as it is now. From memory, with the current time; changes by other gateways or processes take
     * effect within about a second.
     *
     * @return empty once the login would fail: the account was removed or disabled or has expired, its password was
     *     changed, its key or principal was removed, or it may no longer use this protocol or come from this address
     */
    Optional<Account> current();

    /** Like {@link #current}, but checks the database for changes first. Blocks for that. */
    default Optional<Account> verify() {
        return current();
    }

    /** Who owns a token that is added with this login; empty if the login's rights never end. */
    default Optional<TokenOwner> tokenOwner() {
        return Optional.empty();
    }

    /** Creates a login whose rights never end. */
    static Login lasting(Account account) {
        return new Login() {
            @Override
            public Account account() {
                return account;
            }

            @Override
            public Optional<Account> current() {
                return Optional.of(account);
            }
        };
    }
}

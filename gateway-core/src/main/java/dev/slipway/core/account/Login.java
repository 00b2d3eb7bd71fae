package dev.slipway.core.account;

import java.util.Optional;

/**
 * Somebody who has proved who they are. What they opened with it holds for as long as they could log in again in the same
 * way: with the same proof, from the same address, by the same protocol. Safe for use by several threads.
 */
public interface Login {
    /** The account as it was at the login. */
    Account account();

    /**
     * The account as it is now. From memory, with the current time; what another gateway or process has changed is known
     * within about a second.
     *
     * @return empty once the login would fail: the account was removed or disabled or has expired, its password was changed,
     *     its key or principal was removed, or it may no longer use this protocol or come from this address
     */
    Optional<Account> current();

    /** As {@link #current}, but asks first whether an account was changed. Blocks for the database. */
    default Optional<Account> verify() {
        return current();
    }

    /** What a token needs to end with this login's rights; empty for one whose rights never end. */
    default Optional<TokenOwner> tokenOwner() {
        return Optional.empty();
    }

    /** A login whose rights never end. */
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

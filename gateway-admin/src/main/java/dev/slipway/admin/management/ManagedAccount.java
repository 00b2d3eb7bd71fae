package dev.slipway.admin.management;

import dev.slipway.core.account.AccountEntry;

/**
 * An account and where it is defined.
 *
 * @param entry the account
 * @param configured whether it is defined in the configuration, and is read-only here
 */
public record ManagedAccount(AccountEntry entry, boolean configured) {
    /** The name that it logs in with. */
    public String name() {
        return entry.name();
    }
}

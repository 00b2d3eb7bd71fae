package dev.slipway.core.account;

/** What somebody may do with the gateway itself, rather than with files. Each role includes those before it. */
public enum Role {
    /** Sees everything. */
    VIEWER,
    /** Also sends files to remote servers, controls jobs, ends sessions and discards uploads. */
    OPERATOR,
    /** Also changes remote servers, accounts and tokens. */
    ADMIN;

    /** Whether this role includes another. */
    public boolean covers(Role other) {
        return compareTo(other) >= 0;
    }
}

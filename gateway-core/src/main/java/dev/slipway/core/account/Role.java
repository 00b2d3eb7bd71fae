package dev.slipway.core.account;

/** What somebody may do with the gateway itself, rather than with files. Each may do what those before it may. */
public enum Role {
    /** Sees what there is. */
    VIEWER,
    /** Also sends files to remote servers, steers jobs, ends sessions and discards uploads. */
    OPERATOR,
    /** Also changes remote servers, accounts and tokens. */
    ADMIN;

    /** Whether it may do what another one may. */
    public boolean covers(Role other) {
        return compareTo(other) >= 0;
    }
}

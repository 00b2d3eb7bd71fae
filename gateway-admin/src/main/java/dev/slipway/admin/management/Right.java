package dev.slipway.admin.management;

import dev.slipway.core.account.Role;

/** What can be done here, and the least role that may do it. */
public enum Right {
    /** See everything except tokens. */
    SEE(Role.VIEWER),
    /** Push files to remotes. */
    PUSH(Role.OPERATOR),
    /** Cancel, pause, resume and retry jobs; run, pause and resume pulls; run retention tasks; make, verify and extract archives. */
    CONTROL_JOBS(Role.OPERATOR),
    /** Disconnect sessions. */
    END_SESSIONS(Role.OPERATOR),
    /** Discard interrupted uploads. */
    DISCARD_UPLOADS(Role.OPERATOR),
    /** Pause, resume and rescan watched folders. */
    CONTROL_WATCHES(Role.OPERATOR),
    /** Have stored files counted again. */
    RECOUNT(Role.OPERATOR),
    /** Connect to remotes, to test them and to measure their space. */
    USE_REMOTES(Role.OPERATOR),
    /** Add, change and remove remotes. */
    CHANGE_REMOTES(Role.ADMIN),
    /** Add, change and remove accounts. */
    CHANGE_ACCOUNTS(Role.ADMIN),
    /** See, add and remove tokens. */
    MANAGE_TOKENS(Role.ADMIN);

    private final Role role;

    Right(Role role) {
        this.role = role;
    }

    /** The least role that has this right. */
    public Role role() {
        return role;
    }
}

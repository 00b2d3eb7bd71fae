package dev.slipway.core.account;

/** What happens to an account's interrupted uploads, and how the account sees them. */
public enum ResumePolicy {
    /** Interrupted uploads are aborted: the path shows at once what it showed before. */
    OFF,
    /** Interrupted uploads can be resumed. Their sizes appear when the account asks for a path. */
    STAT,
    /** Interrupted uploads can be resumed. They also appear in listings. */
    LISTED
}

package dev.slipway.core.account;

/** What becomes of an account's uploads that are cut off, and how the account sees them. */
public enum ResumePolicy {
    /** They are aborted: the path shows at once what was there before. */
    OFF,
    /** They can be gone on with. The account sees their sizes where it asks for a path. */
    STAT,
    /** They can be gone on with. The account sees them in listings, too. */
    LISTED
}

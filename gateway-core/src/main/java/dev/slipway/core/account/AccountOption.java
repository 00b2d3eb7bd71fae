package dev.slipway.core.account;

/** What an account is allowed beyond the rules for all, since its clients cannot do better. */
public enum AccountOption {
    /** Logs in over SSH connections that use outdated algorithms, where the listener offers any. */
    LEGACY_ALGORITHMS,
    /**
     * Its FTPS uploads are complete when the connection ends, even without TLS's close_notify: a cut connection cannot be
     * told from the end of the file.
     */
    MISSING_CLOSE_NOTIFY
}

package dev.slipway.core.account;

/** What an account is allowed, or served with, beyond the rules for all. */
public enum AccountOption {
    /** Logs in over SSH connections that use outdated algorithms, where the listener offers any. */
    LEGACY_ALGORITHMS,
    /**
     * Its FTPS uploads are complete when the connection ends, even without TLS's close_notify: a cut connection cannot be
     * told from the end of the file.
     */
    MISSING_CLOSE_NOTIFY,
    /** The MD5 of each of its uploads is computed as it arrives. */
    UPLOAD_MD5,
    /** Likewise the SHA-1. */
    UPLOAD_SHA1,
    /** Likewise the SHA-256. */
    UPLOAD_SHA256,
    /** Likewise the SHA-512. */
    UPLOAD_SHA512,
    /** It has files sent to remote servers, by FTP's SITE PUSH, and sees its own jobs. */
    PUSH,
    /** It runs the admin commands over SSH, on everything that the gateway has. */
    ADMIN
}

package dev.slipway.core.account;

/** Additional rights and services of an account. */
public enum AccountOption {
    /** May log in over SSH connections that use outdated algorithms, if the listener offers any. */
    LEGACY_ALGORITHMS,
    /**
     * Its FTPS uploads count as complete when the data connection ends, even without TLS's close_notify, although a
     * lost connection then looks like the end of the file.
     */
    MISSING_CLOSE_NOTIFY,
    /** Computes the MD5 of each upload while it arrives. */
    UPLOAD_MD5,
    /** Computes the SHA-1 of each upload while it arrives. */
    UPLOAD_SHA1,
    /** Computes the SHA-256 of each upload while it arrives. */
    UPLOAD_SHA256,
    /** Computes the SHA-512 of each upload while it arrives. */
    UPLOAD_SHA512,
    /** Keeps the modes, owners and groups of files that its clients set. */
    POSIX_ATTRIBUTES,
    /** May send files to remote servers, for instance by FTP's SITE PUSH, and sees its own jobs. */
    PUSH,
    /** May run the admin commands over SSH, on the whole gateway. */
    ADMIN
}

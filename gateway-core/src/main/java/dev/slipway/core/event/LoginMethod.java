package dev.slipway.core.event;

/** What somebody has shown, or tried to show, to log in. */
public enum LoginMethod {
    /** A password, whether in FTP's PASS or by one of SSH's two ways. */
    PASSWORD,
    /** A key of the account, in SSH. */
    PUBLIC_KEY,
    /** A certificate for the account by an authority that is trusted, in SSH. */
    CERTIFICATE
}

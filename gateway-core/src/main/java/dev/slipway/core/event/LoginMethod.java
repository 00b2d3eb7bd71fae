package dev.slipway.core.event;

/** The credentials used for a login, successful or not. */
public enum LoginMethod {
    /** A password, sent by FTP's PASS or by one of SSH's two methods. */
    PASSWORD,
    /** A key of the account, over SSH. */
    PUBLIC_KEY,
    /** A certificate for the account, signed by a trusted CA, over SSH. */
    CERTIFICATE
}

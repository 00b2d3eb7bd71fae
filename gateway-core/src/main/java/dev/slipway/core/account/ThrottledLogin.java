package dev.slipway.core.account;

/** Why a login is refused without checking the password. */
public enum ThrottledLogin {
    /** The account has failed too often from this address. */
    ACCOUNT,
    /** The address has failed too often. */
    ADDRESS,
    /** Too many passwords are being checked. */
    BUSY
}

package dev.slipway.core;

/** A way to log in. */
public enum Protocol {
    /** FTP and FTPS. */
    FTPS,
    /** SFTP and SCP. */
    SFTP
}

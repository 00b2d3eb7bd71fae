package dev.slipway.core;

/** The protocols by which clients log in. */
public enum Protocol {
    /** FTP and FTPS. */
    FTPS,
    /** SFTP and SCP. */
    SFTP
}

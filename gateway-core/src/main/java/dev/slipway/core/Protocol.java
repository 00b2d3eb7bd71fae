package dev.slipway.core;

/** The protocols by which clients log in. */
public enum Protocol {
    /** FTP and FTPS. */
    FTPS,
    /** SFTP and SCP. */
    SFTP,
    /** HTTP and HTTPS: the files of the web console and of the HTTP API. */
    HTTP
}

package dev.slipway.core.event;

import dev.slipway.core.Protocol;

/** How a file, or a request for one, reached the gateway. */
public enum Origin {
    /** A client of FTP or FTPS. */
    FTPS,
    /** A client of SFTP or SCP. */
    SFTP,
    /** A browser, or another client of the HTTP API. */
    HTTP,
    /** A pull: the gateway fetched it from a remote server. */
    PULL,
    /** A watched folder of the gateway's machine. */
    WATCH,
    /** A rule: the gateway made it from a file that came in. */
    RULE,
    /** An archive: the gateway put many files into one. */
    ARCHIVE,
    /** A retention task: the gateway deletes or moves old files. */
    RETENTION;

    /** The origin of what a client does. */
    public static Origin of(Protocol protocol) {
        return switch (protocol) {
            case FTPS -> FTPS;
            case SFTP -> SFTP;
            case HTTP -> HTTP;
        };
    }
}

package dev.slipway.transfer.remote;

/** The transfer mode of a remote. */
public enum TransferMode {
    /** What the remote was found to be able to do. */
    AUTO,
    /** The remote fetches them from the store itself, with curl. */
    DIRECT,
    /** The gateway reads them from the store, and writes them over SFTP. */
    STREAMING
}

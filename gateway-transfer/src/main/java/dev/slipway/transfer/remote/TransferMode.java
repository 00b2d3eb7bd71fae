package dev.slipway.transfer.remote;

/** The transfer mode of a remote. */
public enum TransferMode {
    /** Chosen by the capabilities of the remote. */
    AUTO,
    /** The remote fetches them from the store itself, with curl. */
    DIRECT,
    /** The gateway reads them from the store, and writes them over SFTP. */
    STREAMING
}

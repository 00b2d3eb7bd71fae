package dev.slipway.app.model;

import java.io.IOException;

/** How a gateway runs. */
interface Host extends AutoCloseable {
    int ftpsPort();

    int sftpPort();

    /** Restarts the gateway with the same state. Blocks until it has reached the store. */
    void restart() throws IOException;

    /** Whether the gateway is killed rather than stopped. */
    boolean isKilled();

    /** Waits until no transfer is open, if that can be known. */
    void awaitRest() throws IOException;

    @Override
    void close();
}

package dev.slipway.app.model;

import java.io.IOException;

/** How a gateway runs. */
interface Host extends AutoCloseable {
    int ftpsPort();

    int sftpPort();

    /** Ends the gateway and starts it again, with the same state. Blocks until it has reached the store. */
    void restart() throws IOException;

    /** Whether the gateway ends without a chance to do anything. */
    boolean isKilled();

    /** Waits until no transfer is open, where that can be known. */
    void awaitRest() throws IOException;

    @Override
    void close();
}

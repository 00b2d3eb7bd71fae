package dev.slipway.ftps;

import java.io.IOException;

/** How the next data connection is made, as arranged by PASV, EPSV, PORT or EPRT. For a single connection. */
interface DataPort extends AutoCloseable {
    /**
     * The connection to the client, to be closed by the caller. Blocks at most for the data connection timeout.
     *
     * @throws IOException with a message for the client
     */
    DataChannel connect() throws IOException;

    /** Gives up, and unblocks {@link #connect()}. */
    @Override
    void close();
}

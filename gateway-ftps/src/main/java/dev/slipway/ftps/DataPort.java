package dev.slipway.ftps;

import java.io.IOException;

/** How the next data connection comes about: what PASV, EPSV, PORT or EPRT has arranged. Good for one connection. */
interface DataPort extends AutoCloseable {
    /**
     * The connection to the client, which is then the caller's. Blocks at most for the data connection timeout.
     *
     * @throws IOException with a message for the client
     */
    DataChannel connect() throws IOException;

    /** Gives up; ends a {@link #connect()} that blocks. */
    @Override
    void close();
}

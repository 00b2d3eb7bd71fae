package dev.slipway.ftps.data;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/** How the next data connection is made, as arranged by PASV, EPSV, PORT or EPRT. For a single connection. */
public interface DataPort extends AutoCloseable {
    /**
     * Active mode: we connect to a port of the client.
     *
     * @param local the address to connect from
     * @param timeout for the connection
     */
    static DataPort active(InetAddress local, InetSocketAddress client, DataChannel.Factory channels, Duration timeout)
            throws IOException {
        return new ActivePort(local, client, channels, timeout);
    }

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

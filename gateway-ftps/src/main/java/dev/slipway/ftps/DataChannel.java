package dev.slipway.ftps;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * An open data connection. One thread reads or writes and blocks; {@link #close()} may come from any thread and ends
 * what blocks.
 */
interface DataChannel extends AutoCloseable {
    /** Makes the channels of a session's data connections. */
    @FunctionalInterface
    interface Factory {
        /**
         * Makes the channel of a connection.
         *
         * @param early what was read from it already; becomes the channel's
         */
        DataChannel create(SocketChannel socket, ByteBuffer early) throws IOException;
    }

    /**
     * Does what {@link #open()} does, or as much of it as the client goes along with, before there is a transfer. Some
     * clients wait for it before they look for a reply to their command. Failures are {@link #open()}'s to report.
     */
    void prepare();

    /** Does what comes before the first byte of the file: the TLS handshake. */
    void open() throws IOException;

    /**
     * Reads at least one byte, and as many as are there.
     *
     * @return the count of bytes, or -1 when the client has ended the file in the way that the protocol has for it
     * @throws IOException also if the connection ended in any other way
     */
    int read(ByteBuffer target) throws IOException;

    /** Whether the end of what was read was the client's word, and not just the end of the connection. */
    boolean isEndProven();

    /** Writes all remaining bytes. */
    void write(ByteBuffer source) throws IOException;

    /** Says that all was sent or received, and closes without losing bytes that are still on their way to the client. */
    void finish() throws IOException;

    /** Closes at once, in a way that the client can tell from the end of a file. */
    @Override
    void close();

    /** Returns what the channel borrowed; called by the thread that read and wrote, when it does neither any more. */
    void recycle();
}

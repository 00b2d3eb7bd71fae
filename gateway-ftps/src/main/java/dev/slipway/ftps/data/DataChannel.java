package dev.slipway.ftps.data;

import dev.slipway.ftps.tls.ConnectionTls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * An open data connection. One thread reads or writes and blocks; {@link #close()} may be called from any thread and
 * unblocks it.
 */
public interface DataChannel extends AutoCloseable {
    /** Makes the channels of a session's data connections. */
    @FunctionalInterface
    interface Factory {
        /**
         * Makes the channel of a connection.
         *
         * @param early what was already read from it; owned by the channel from now on
         */
        DataChannel create(SocketChannel socket, ByteBuffer early) throws IOException;

        /** Makes channels without TLS: the end of the file is the end of the connection. */
        static Factory plain() {
            return PlainDataChannel::new;
        }

        /**
         * Makes channels with TLS: the end of the file is the client's close_notify.
         *
         * @param closeNotifyRequired whether a connection that ends without it fails
         * @param direct buffers outside of the heap, which BoringSSL uses as they are
         * @param heap buffers in the heap, which the JDK encrypts far faster
         */
        static Factory tls(ConnectionTls tls, boolean closeNotifyRequired, BufferPool direct, BufferPool heap) {
            return (socket, early) -> new TlsDataChannel(socket, early, tls, closeNotifyRequired, direct, heap);
        }
    }

    /**
     * Does what {@link #open()} does, as far as the client cooperates, before there is a transfer. Some clients wait
     * for it before they read the reply to their command. Failures are reported by {@link #open()}.
     */
    void prepare();

    /** Performs the TLS handshake, before the first byte of the file. */
    void open() throws IOException;

    /**
     * Reads at least one byte, and as many as are available.
     *
     * @return the count of bytes, or -1 if the client has ended the file as the protocol requires
     * @throws IOException also if the connection ended in any other way
     */
    int read(ByteBuffer target) throws IOException;

    /** Whether the client itself has signalled the end of the data, rather than just the connection ending. */
    boolean isEndProven();

    /** Writes all remaining bytes. */
    void write(ByteBuffer source) throws IOException;

    /**
     * Signals that everything was sent or received, and closes without losing bytes that are still in transit to the
     * client.
     */
    void finish() throws IOException;

    /** Closes at once, so that the client cannot mistake it for the end of a file. */
    @Override
    void close();

    /** Returns borrowed buffers; called by the reading and writing thread when it has finished. */
    void recycle();
}

package dev.slipway.ftps.data;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opening and closing of connections. */
final class Sockets {
    private static final Logger log = LoggerFactory.getLogger(Sockets.class);

    private static final Duration LINGER = Duration.ofSeconds(5);

    private Sockets() {}

    /** Small pieces go out at once, although earlier ones are not acknowledged yet: close_notify follows the last bytes. */
    static void sendAtOnce(SocketChannel socket) throws IOException {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /**
     * Sends acknowledgements now, not up to 40 ms later. A client that has Nagle's algorithm on holds back the end of a
     * file until all before it is acknowledged, so that each small upload would take that long. Lasts for a few packets
     * only; does nothing if the system has no such option.
     */
    static void acknowledge(SocketChannel socket) throws IOException {
        if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)) {
            socket.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
        }
    }

    /**
     * Sends a FIN and leaves the rest to another thread: closing a socket with unread bytes resets the connection, and
     * the client would lose the last bytes that we sent. The client has 5 s to end its side.
     */
    static void finish(SocketChannel socket) throws IOException {
        if (socket.isConnected() && socket.isOpen()) {
            socket.shutdownOutput();
            Thread.ofVirtual().name("ftp-linger").start(() -> drain(socket));
        }
    }

    private static void drain(SocketChannel socket) {
        long deadline = System.nanoTime() + LINGER.toNanos();
        byte[] discarded = new byte[1024];
        try (socket) {
            InputStream in = socket.socket().getInputStream();
            long left = LINGER.toMillis();
            while (left > 0) {
                socket.socket().setSoTimeout((int) left);
                if (in.read(discarded) < 0) {
                    break;
                }
                left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            }
        } catch (IOException e) {
            // time is up, or the client has reset the connection: either way it is over
        }
    }

    /** Closes with a reset, which no client mistakes for the end of a file. */
    static void reset(SocketChannel socket) {
        try {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            log.debug("The connection is already closed: {}", e.getMessage());
        }
        close(socket);
    }

    /** Closes and ignores failures, which have no consequence. */
    static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("A socket could not be closed: {}", e.getMessage());
        }
    }
}

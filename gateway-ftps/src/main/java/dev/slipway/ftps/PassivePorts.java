package dev.slipway.ftps;

import dev.slipway.core.net.ProxyProtocol;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The configured range of ports for passive data connections.
 *
 * <p>Some listening sockets are kept for the next clients: to bind a port again takes Linux the longer, the more
 * connections of it have ended within the last minute. What connects to one while no client is told of its port is closed
 * before the next one is. Most of the range stays free, since other gateways on this machine may have the same one.
 */
final class PassivePorts implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** As many connections as the system accepts before we do. */
    private static final int BACKLOG = 8;

    /** One port in so many is kept. */
    private static final int KEPT_SHARE = 4;

    private final Duration timeout;
    private final ProxyProtocol proxies;
    /** Those that are kept are the first ones. */
    private final @Nullable BlockingDeque<RangePort> free;

    private final int size;

    /** How many more sockets may be kept. */
    private final Semaphore places;

    private volatile boolean closed;

    /** A port of the range. Belongs to who has taken it out of the queue. */
    private static final class RangePort {
        private final int number;
        private @Nullable ServerSocketChannel listener;
        private @Nullable InetAddress address;

        RangePort(int number) {
            this.number = number;
        }

        /** Whether it waits in the queue with its socket. */
        boolean isKept() {
            return listener != null;
        }

        boolean isListening() {
            return listener != null && listener.isOpen();
        }

        /** A socket that listens at an address and has no connection yet, or null when the port is in use. */
        @Nullable
        ServerSocketChannel listen(InetAddress at) throws IOException {
            ServerSocketChannel kept = listener;
            if (kept != null && at.equals(address) && isCleared(kept)) {
                return kept;
            }
            release();
            listener = bind(at, number);
            address = at;
            return listener;
        }

        void release() {
            if (listener != null) {
                Sockets.close(listener);
                listener = null;
            }
        }
    }

    PassivePorts(FtpsSettings settings) {
        this.timeout = settings.dataConnectionTimeout();
        this.proxies = settings.proxyProtocol();
        if (settings.passiveFirstPort() == 0) {
            free = null;
            size = 0;
        } else {
            free = new LinkedBlockingDeque<>();
            for (int port = settings.passiveFirstPort(); port <= settings.passiveLastPort(); port++) {
                free.add(new RangePort(port));
            }
            size = free.size();
        }
        places = new Semaphore(Math.ceilDiv(size, KEPT_SHARE));
    }

    /**
     * Opens a port. Blocks up to 10 s while all ports of the range are waiting for their clients.
     *
     * @param local the address to listen at
     * @param client the only address to accept from
     */
    PassivePort open(InetAddress local, InetAddress client, DataChannel.Factory channels) throws IOException {
        BlockingDeque<RangePort> ports = free;
        if (ports == null) {
            ServerSocketChannel listener = bind(local, 0);
            if (listener == null) {
                throw new IOException("No port is free for a data connection.");
            }
            return new PassivePort(listener, client, proxies, channels, timeout, () -> Sockets.close(listener));
        }
        for (int attempt = 0; attempt < size; attempt++) {
            RangePort port = next(ports);
            if (port.isKept()) {
                places.release();
            }
            ServerSocketChannel listener = null;
            try {
                listener = port.listen(local);
                if (listener != null) {
                    return new PassivePort(listener, client, proxies, channels, timeout, () -> giveBack(ports, port));
                }
            } finally {
                if (listener == null) {
                    ports.addLast(port);
                }
            }
        }
        throw new IOException("All passive ports are in use by other programs.");
    }

    private static RangePort next(BlockingDeque<RangePort> ports) throws IOException {
        try {
            RangePort port = ports.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (port == null) {
                throw new IOException("All passive ports are waiting for data connections; try again.");
            }
            return port;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a passive port");
        }
    }

    private void giveBack(BlockingDeque<RangePort> ports, RangePort port) {
        if (!closed && port.isListening() && places.tryAcquire()) {
            ports.addFirst(port);
            if (closed) {
                close(); // it may have missed this one
            }
        } else {
            port.release();
            ports.addLast(port);
        }
    }

    /** Closes what connects to a port that nobody was told of: it cannot be the next client. */
    private static boolean isCleared(ServerSocketChannel listener) {
        try {
            listener.configureBlocking(false);
            for (int i = 0; i <= BACKLOG; i++) {
                SocketChannel stranger = listener.accept();
                if (stranger == null) {
                    listener.configureBlocking(true);
                    return true;
                }
                Sockets.reset(stranger);
            }
        } catch (IOException e) {
            // It was closed with its last client.
        }
        return false;
    }

    /** Binds a listening socket, or returns null when the port is in use. */
    private static @Nullable ServerSocketChannel bind(InetAddress address, int port) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        try {
            return listener.bind(new InetSocketAddress(address, port), BACKLOG);
        } catch (BindException e) {
            Sockets.close(listener);
            return null;
        } catch (IOException e) {
            Sockets.close(listener);
            throw e;
        }
    }

    /**
     * Keeps no sockets from now on, and closes those that it has. Ports can still be opened, and are closed behind their
     * clients.
     */
    @Override
    public void close() {
        closed = true;
        BlockingDeque<RangePort> ports = free;
        if (ports == null) {
            return;
        }
        for (int i = 0; i < size; i++) {
            RangePort port = ports.poll();
            if (port == null) {
                return; // the others are in use
            }
            port.release();
            ports.addLast(port);
        }
    }
}

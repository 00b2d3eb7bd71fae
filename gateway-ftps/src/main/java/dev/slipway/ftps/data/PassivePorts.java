package dev.slipway.ftps.data;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.net.PortRange;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.ftps.SessionReuse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configured range of ports for passive data connections.
 *
 * <p>Ports are handed out in random order. A quarter of the range, at most, keeps listening for the next clients:
 * binding a port again takes Linux longer the more of its connections have ended within the last minute. Connections
 * made to such a port before it is announced again are reset. A later connection from the client's address is taken for
 * the client's, unless TLS proves otherwise ({@link SessionReuse}). The rest of the range is not bound while unused,
 * since other gateways on this machine may share it.
 */
public final class PassivePorts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PassivePorts.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Backlog of connections that the system accepts before we do. */
    private static final int BACKLOG = 8;

    /** The fraction of ports that keep listening, as its inverse. */
    private static final int KEPT_SHARE = 4;

    private final Duration timeout;
    private final ProxyProtocol proxies;
    private final int size;

    /** A permit for each port that is in one of the pools. */
    private final Semaphore idle;

    private final Pool listening = new Pool();
    private final Pool unbound = new Pool();

    /** A permit for each further port that may keep listening. */
    private final Semaphore places;

    private volatile boolean closed;

    /** Ports in random order, so that the last one does not reveal the next. */
    private static final class Pool {
        private final SecureRandom random = new SecureRandom();

        @GuardedBy("this")
        private final List<RangePort> ports = new ArrayList<>();

        synchronized void add(RangePort port) {
            ports.add(port);
        }

        synchronized @Nullable RangePort poll() {
            if (ports.isEmpty()) {
                return null;
            }
            Collections.swap(ports, random.nextInt(ports.size()), ports.size() - 1);
            return ports.removeLast();
        }

        synchronized int size() {
            return ports.size();
        }
    }

    /** A port of the range. Owned by the caller that took it from its pool. */
    private static final class RangePort {
        private final int number;
        private @Nullable ServerSocketChannel listener;
        private @Nullable InetAddress address;
        private boolean hasPlace;

        RangePort(int number) {
            this.number = number;
        }

        /** Whether it may keep listening for others at the same address. */
        boolean canBeKept() {
            // The link of a link-local address is ignored.
            return listener != null && listener.isOpen() && address != null && !address.isLinkLocalAddress();
        }

        /** A listening socket without a connection yet, or null if the port is not available. */
        @Nullable
        ServerSocketChannel listen(InetAddress at) throws IOException {
            if (listener != null && at.equals(address)) {
                if (!isCleared(listener)) {
                    release();
                }
                return listener;
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

    public PassivePorts(FtpsSettings settings, ProxyProtocol proxies) {
        this.timeout = settings.dataConnectionTimeout();
        this.proxies = proxies;
        PortRange range = settings.passivePorts();
        if (!range.equals(PortRange.ANY)) {
            for (int port = range.first(); port <= range.last(); port++) {
                unbound.add(new RangePort(port));
            }
        }
        this.size = unbound.size();
        this.idle = new Semaphore(size);
        this.places = new Semaphore(size / KEPT_SHARE);
    }

    /**
     * Opens a port. Blocks up to 10 s while all ports of the range are waiting for their clients.
     *
     * @param local the address to listen at
     * @param client the only address to accept from
     */
    public PassivePort open(InetAddress local, InetAddress client, DataChannel.Factory channels) throws IOException {
        if (size == 0) {
            ServerSocketChannel listener = bind(local, 0);
            if (listener == null) {
                throw new IOException("No free port for a data connection.");
            }
            return new PassivePort(listener, client, proxies, channels, timeout, () -> Sockets.close(listener));
        }
        // Kept until one is found, so that none is tried twice.
        List<RangePort> taken = new ArrayList<>();
        try {
            // Lets another port keep listening if there is room; otherwise ports take turns.
            RangePort port = next(places.availablePermits() > 0, PATIENCE);
            while (port != null) {
                taken.add(port);
                ServerSocketChannel listener = port.listen(local);
                if (listener != null) {
                    RangePort found = taken.removeLast();
                    return new PassivePort(listener, client, proxies, channels, timeout, () -> giveBack(found));
                }
                port = next(false, Duration.ZERO);
            }
        } finally {
            taken.forEach(this::giveBack);
        }
        throw new IOException(
                taken.isEmpty()
                        ? "All passive ports are waiting for data connections; try again."
                        : "All passive ports are in use by other programs.");
    }

    /**
     * An unused port, or null if there was none in this time.
     *
     * @param fresh whether to prefer a port that is not listening
     */
    private @Nullable RangePort next(boolean fresh, Duration patience) throws IOException {
        try {
            if (!idle.tryAcquire(patience.toSeconds(), TimeUnit.SECONDS)) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a passive port");
        }
        Pool preferred = fresh ? unbound : listening;
        Pool other = fresh ? listening : unbound;
        RangePort port = null;
        while (port == null) {
            // There is one for each permit, but it may have been in the other pool a moment ago.
            port = preferred.poll();
            if (port == null) {
                port = other.poll();
            }
        }
        return port;
    }

    private void giveBack(RangePort port) {
        if (!closed && port.canBeKept() && (port.hasPlace || places.tryAcquire())) {
            port.hasPlace = true;
            listening.add(port);
        } else {
            port.release();
            if (port.hasPlace) {
                port.hasPlace = false;
                places.release();
            }
            unbound.add(port);
        }
        idle.release();
        if (closed) {
            close(); // it may have missed this one
        }
    }

    /** Closes connections to a port that was not announced: they cannot be the next client. */
    private static boolean isCleared(ServerSocketChannel listener) {
        try {
            listener.configureBlocking(false);
            for (int i = 0; i <= BACKLOG; i++) {
                SocketChannel stranger = listener.accept();
                if (stranger == null) {
                    listener.configureBlocking(true);
                    return true;
                }
                log.debug("Closed an unannounced connection: {}", stranger.getRemoteAddress());
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

    /** Stops keeping sockets and closes the kept ones. Ports can still be opened, and are closed after use. */
    @Override
    public void close() {
        closed = true;
        for (RangePort port = listening.poll(); port != null; port = listening.poll()) {
            port.release();
            unbound.add(port);
        }
    }
}

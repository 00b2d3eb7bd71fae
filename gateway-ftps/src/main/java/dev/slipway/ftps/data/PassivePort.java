package dev.slipway.ftps.data;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.net.ProxyProtocol.MalformedHeaderException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port that waits for one connection of one client. It accepts on its own thread from the moment it is announced, so
 * that the port is free for others as soon as the client has connected, and at the latest after the timeout, whatever
 * the client does with its control connection. Connections from other addresses are closed and do not count.
 */
public final class PassivePort implements DataPort {
    private static final Logger log = LoggerFactory.getLogger(PassivePort.class);

    /** What is known about a connection. */
    private record Arrival(InetAddress from, ByteBuffer early) {}

    private final ServerSocketChannel listener;
    private final InetAddress client;
    private final ProxyProtocol proxies;
    private final DataChannel.Factory channels;
    private final Duration timeout;
    private final Runnable released;
    private final CompletableFuture<DataChannel> accepted = new CompletableFuture<>();
    private volatile boolean taken;

    @GuardedBy("this")
    private boolean over; // guarded by this: the socket is no longer this port's

    /**
     * @param listener a bound socket, this port's until it is released
     * @param client the only address to accept from
     * @param proxies networks whose connections begin with a PROXY header
     * @param released called once, when the socket is no longer needed; the socket is closed if no connection came
     */
    PassivePort(
            ServerSocketChannel listener,
            InetAddress client,
            ProxyProtocol proxies,
            DataChannel.Factory channels,
            Duration timeout,
            Runnable released) {
        this.listener = listener;
        this.client = client;
        this.proxies = proxies;
        this.channels = channels;
        this.timeout = timeout;
        this.released = released;
        Thread.ofVirtual().name("ftp-accept").start(this::accept);
    }

    /** The port's number. */
    public int number() {
        return listener.socket().getLocalPort();
    }

    @Override
    public DataChannel connect() throws IOException {
        try {
            DataChannel channel = accepted.get();
            taken = true;
            return channel;
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the data connection");
        }
    }

    @Override
    public void close() {
        accepted.completeExceptionally(new IOException("Data connection closed."));
        giveUpListening();
        if (!taken && !accepted.isCompletedExceptionally()) {
            DataChannel unused = accepted.getNow(null);
            if (unused != null) {
                unused.close();
            }
        }
    }

    /** Stops waiting, unless a connection has been accepted already. */
    private synchronized void giveUpListening() {
        if (!over) {
            Sockets.close(listener);
        }
    }

    private synchronized void release(boolean usable) {
        if (!usable) {
            Sockets.close(listener);
        }
        over = true;
        released.run();
    }

    private void accept() {
        DataChannel channel = null;
        try {
            channel = awaitClient(System.nanoTime() + timeout.toNanos());
        } catch (IOException e) {
            accepted.completeExceptionally(e);
        } finally {
            release(channel != null);
            if (channel == null) {
                // only has an effect after an internal error, so that nobody waits forever
                accepted.completeExceptionally(new IOException("Failed to accept the data connection."));
            }
        }
        if (channel == null) {
            return;
        }
        if (accepted.complete(channel)) {
            channel.prepare();
        } else {
            channel.close(); // the port was given up at this moment
        }
    }

    private DataChannel awaitClient(long deadline) throws IOException {
        InetAddress stranger = null;
        try {
            while (true) {
                SocketChannel socket = acceptUntil(deadline);
                boolean kept = false;
                try {
                    Arrival arrival = identify(socket, deadline);
                    if (client.equals(arrival.from)) {
                        DataChannel channel = channels.create(socket, arrival.early);
                        kept = true;
                        return channel;
                    }
                    stranger = arrival.from;
                    log.warn("Refused a data connection from {}: it belongs to a session of {}", stranger, client);
                } catch (MalformedHeaderException | EOFException e) {
                    log.warn(
                            "Refused a data connection from {}: {}",
                            socket.socket().getInetAddress(),
                            e.getMessage());
                } finally {
                    if (!kept) {
                        Sockets.close(socket);
                    }
                }
            }
        } catch (SocketTimeoutException e) {
            throw new IOException(timeUp(stranger), e);
        } catch (IOException e) {
            throw new IOException("The data connection failed: " + e.getMessage(), e);
        }
    }

    private String timeUp(@Nullable InetAddress stranger) {
        String text = "No data connection within " + timeout.toSeconds() + " s.";
        return stranger == null
                ? text + " Check that firewalls allow the passive ports."
                : text + " A connection from an address other than the control connection's was refused.";
    }

    private SocketChannel acceptUntil(long deadline) throws IOException {
        listener.socket().setSoTimeout(millisUntil(deadline));
        return listener.socket().accept().getChannel();
    }

    private static int millisUntil(long deadline) throws SocketTimeoutException {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (left <= 0) {
            throw new SocketTimeoutException();
        }
        return (int) left;
    }

    private Arrival identify(SocketChannel socket, long deadline) throws IOException, MalformedHeaderException {
        InetAddress peer = socket.socket().getInetAddress();
        if (!proxies.isExpectedFrom(peer)) {
            return new Arrival(peer, ByteBuffer.allocate(0));
        }
        InputStream in = socket.socket().getInputStream();
        byte[] received = new byte[ProxyProtocol.LONGEST_HEADER];
        int length = 0;
        while (true) {
            socket.socket().setSoTimeout(millisUntil(deadline));
            int count = in.read(received, length, received.length - length);
            if (count < 0) {
                throw new EOFException("it ended within the PROXY header");
            }
            length += count;
            Optional<ProxyProtocol.Header> header = ProxyProtocol.parse(ByteBuffer.wrap(received, 0, length));
            if (header.isPresent()) {
                int end = header.get().length();
                return new Arrival(
                        header.get().client().map(InetSocketAddress::getAddress).orElse(peer),
                        ByteBuffer.wrap(received, end, length - end));
            }
        }
    }
}

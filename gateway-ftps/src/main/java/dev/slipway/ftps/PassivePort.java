package dev.slipway.ftps;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port that waits for one connection of one client. It accepts on a thread of its own as soon as it is announced, so
 * that the port is free for others as soon as the client has connected, and at the latest when the time is up, whatever
 * the client does with its control connection. Connections from other addresses are closed and do not count.
 */
final class PassivePort implements DataPort {
    private static final Logger log = LoggerFactory.getLogger(PassivePort.class);

    private final ServerSocketChannel listener;
    private final InetAddress client;
    private final Duration timeout;
    private final Runnable released;
    private final CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();
    private volatile boolean taken;

    /**
     * @param listener a bound socket; becomes this port's
     * @param released called once, when the socket is closed
     */
    PassivePort(ServerSocketChannel listener, InetAddress client, Duration timeout, Runnable released) {
        this.listener = listener;
        this.client = client;
        this.timeout = timeout;
        this.released = released;
        Thread.ofVirtual().name("ftp-accept").start(this::accept);
    }

    /** The port's number. */
    int number() {
        return listener.socket().getLocalPort();
    }

    @Override
    public SocketChannel connect() throws IOException {
        try {
            SocketChannel socket = accepted.get();
            taken = true;
            return socket;
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
        accepted.completeExceptionally(new IOException("The data connection was given up."));
        Sockets.close(listener);
        if (!taken && !accepted.isCompletedExceptionally()) {
            SocketChannel unused = accepted.getNow(null);
            if (unused != null) {
                Sockets.close(unused);
            }
        }
    }

    private void accept() {
        long deadline = System.nanoTime() + timeout.toNanos();
        InetAddress stranger = null;
        try (listener) {
            while (true) {
                SocketChannel socket = acceptUntil(deadline);
                InetAddress from = socket.socket().getInetAddress();
                if (client.equals(from)) {
                    if (!accepted.complete(socket)) {
                        Sockets.close(socket);
                    }
                    return;
                }
                stranger = from;
                log.warn("refused a data connection from {}: it belongs to a session of {}", from, client);
                Sockets.close(socket);
            }
        } catch (SocketTimeoutException e) {
            accepted.completeExceptionally(new IOException(timeUp(stranger)));
        } catch (IOException e) {
            accepted.completeExceptionally(new IOException("The data connection failed: " + e.getMessage(), e));
        } finally {
            released.run();
        }
    }

    private String timeUp(@Nullable InetAddress stranger) {
        String text = "No data connection came within " + timeout.toSeconds() + " s.";
        return stranger == null
                ? text + " Check that the passive ports are open in firewalls."
                : text + " One from another address than the control connection's was refused.";
    }

    private SocketChannel acceptUntil(long deadline) throws IOException {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (left <= 0) {
            throw new SocketTimeoutException();
        }
        listener.socket().setSoTimeout((int) left);
        return listener.socket().accept().getChannel();
    }

    /** Binds a listening socket, or returns null when the port is in use. */
    static @Nullable ServerSocketChannel bind(InetAddress address, int port) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        try {
            return listener.bind(new InetSocketAddress(address, port), 8);
        } catch (java.net.BindException e) {
            Sockets.close(listener);
            return null;
        } catch (IOException e) {
            Sockets.close(listener);
            throw e;
        }
    }
}

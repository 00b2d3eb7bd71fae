package dev.slipway.ftps;

import dev.slipway.core.net.ProxyProtocol;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The configured range of ports for passive data connections, handed out in turn. */
final class PassivePorts {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Duration timeout;
    private final ProxyProtocol proxies;
    private final @Nullable BlockingQueue<Integer> free;
    private final int size;

    PassivePorts(FtpsSettings settings) {
        this.timeout = settings.dataConnectionTimeout();
        this.proxies = settings.proxyProtocol();
        if (settings.passiveFirstPort() == 0) {
            free = null;
            size = 0;
        } else {
            free = new LinkedBlockingQueue<>();
            for (int port = settings.passiveFirstPort(); port <= settings.passiveLastPort(); port++) {
                free.add(port);
            }
            size = free.size();
        }
    }

    /**
     * Opens a port. Blocks up to 10 s while all ports of the range are waiting for their clients.
     *
     * @param local the address to listen at
     * @param client the only address to accept from
     */
    PassivePort open(InetAddress local, InetAddress client, DataChannel.Factory channels) throws IOException {
        BlockingQueue<Integer> ports = free;
        if (ports == null) {
            ServerSocketChannel listener = PassivePort.bind(local, 0);
            if (listener == null) {
                throw new IOException("No port is free for a data connection.");
            }
            return new PassivePort(listener, client, proxies, channels, timeout, () -> {});
        }
        for (int attempt = 0; attempt < size; attempt++) {
            int port = next(ports);
            ServerSocketChannel listener = null;
            try {
                listener = PassivePort.bind(local, port);
                if (listener != null) {
                    return new PassivePort(listener, client, proxies, channels, timeout, () -> ports.add(port));
                }
            } finally {
                if (listener == null) {
                    ports.add(port);
                }
            }
        }
        throw new IOException("All passive ports are in use by other programs.");
    }

    private static int next(BlockingQueue<Integer> ports) throws IOException {
        try {
            Integer port = ports.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (port == null) {
                throw new IOException("All passive ports are waiting for data connections; try again.");
            }
            return port;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a passive port");
        }
    }
}

package dev.slipway.bench;

import dev.slipway.bench.Server.Access;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A network with a long round trip: all bytes are delayed in both directions. The bandwidth is that of the machine. The
 * proxy listens on another loopback address at the server's own ports, so that FTP's data connections, of which the
 * server only names the port (EPSV, RFC 2428), are delayed too.
 */
final class DelayProxy implements AutoCloseable {
    private static final String ADDRESS = "127.0.0.2";
    private static final int CHUNK = 64 * 1024;

    /** The most chunks in flight in one direction: 64 MiB, more than any window. */
    private static final int CHUNKS = 1024;

    /** Bytes and when they are due; empty at the end. */
    private record Chunk(ByteBuffer bytes, long due) {}

    private final Access server;
    private final long delayNanos;
    private final List<ServerSocket> listeners = new ArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private DelayProxy(Access server, Duration oneWay) {
        this.server = server;
        this.delayNanos = oneWay.toNanos();
    }

    /** Starts a proxy for a server. */
    static DelayProxy before(Access server, Duration oneWay) throws IOException {
        DelayProxy proxy = new DelayProxy(server, oneWay);
        try {
            proxy.listen(server.port());
            PortRange passive = server.passivePorts();
            for (int port = passive.first(); port > 0 && port <= passive.last(); port++) {
                proxy.listen(port);
            }
        } catch (IOException | RuntimeException e) {
            proxy.close();
            throw e;
        }
        return proxy;
    }

    private void listen(int port) throws IOException {
        // Owned by the list from here on.
        ServerSocket listener = new ServerSocket();
        listeners.add(listener);
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getByName(ADDRESS), port));
        Thread.ofVirtual().name("delay-accept").start(() -> accept(listener, port));
    }

    /** The server's address through the proxy. */
    Access access() {
        return server.at(ADDRESS);
    }

    private void accept(ServerSocket listener, int port) {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Socket upstream = new Socket();
                open.add(upstream);
                client.setTcpNoDelay(true);
                upstream.setTcpNoDelay(true);
                upstream.connect(new InetSocketAddress(InetAddress.getByName(server.address()), port), 5000);
                pass(client, upstream);
                pass(upstream, client);
            } catch (IOException e) {
                // The listener was closed, or the server no longer listens there; the client will notice.
            }
        }
    }

    private void pass(Socket from, Socket to) {
        BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(CHUNKS);
        Thread writer = Thread.ofVirtual().name("delay-write").start(() -> write(chunks, to));
        Thread.ofVirtual().name("delay-read").start(() -> read(from, chunks, writer));
    }

    private void read(Socket from, BlockingQueue<Chunk> chunks, Thread writer) {
        byte[] buffer = new byte[CHUNK];
        try {
            InputStream in = from.getInputStream();
            int count = 0;
            while (count >= 0 && writer.isAlive()) {
                count = in.read(buffer);
                byte[] bytes = Arrays.copyOf(buffer, Math.max(count, 0));
                chunks.put(new Chunk(ByteBuffer.wrap(bytes), System.nanoTime() + delayNanos));
            }
        } catch (IOException e) {
            writer.interrupt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(BlockingQueue<Chunk> chunks, Socket to) {
        try {
            OutputStream out = to.getOutputStream();
            for (Chunk chunk = chunks.take(); chunk.bytes().hasRemaining(); chunk = chunks.take()) {
                waitUntil(chunk.due());
                out.write(chunk.bytes().array());
            }
            to.shutdownOutput();
        } catch (IOException e) {
            close(to);
        } catch (InterruptedException e) {
            // The other side has failed.
            close(to);
        }
    }

    private static void waitUntil(long due) throws InterruptedException {
        long left = due - System.nanoTime();
        if (left > 0) {
            TimeUnit.NANOSECONDS.sleep(left);
        }
    }

    private static void close(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // Already ended.
        }
    }

    @Override
    public void close() {
        listeners.forEach(DelayProxy::close);
        open.forEach(DelayProxy::close);
    }
}

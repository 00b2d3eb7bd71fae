package dev.slipway.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy on loopback that only makes tunnels (CONNECT, RFC 9110, section 9.3.6). Only it knows the addresses of
 * the hosts, so every connection to them must have come through it.
 */
public final class TunnelProxy implements AutoCloseable {
    private static final int LARGEST_HEAD = 16 * 1024;

    private final Map<String, InetSocketAddress> hosts;
    private final @Nullable String authorization;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<String> targets = ConcurrentHashMap.newKeySet();
    private final LongAdder refusals = new LongAdder();

    /**
     * Listens on a free port, and serves each connection on its own threads.
     *
     * @param hosts addresses by {@code host:port}; tunnels to anything else are refused with 502
     * @param credentials the required {@code user:password}; tunnels without it are refused with 407 (scheme Basic, RFC
     *     7617); null to require none
     */
    public TunnelProxy(Map<String, InetSocketAddress> hosts, @Nullable String credentials) throws IOException {
        this.hosts = Map.copyOf(hosts);
        this.authorization = credentials == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("tunnel-proxy").start(this::accept);
    }

    /** Its own address, with scheme http. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** The targets of all tunnels, as {@code host:port}. */
    public Set<String> targets() {
        return Set.copyOf(targets);
    }

    /** The number of requests refused for missing or wrong credentials. */
    public long refusals() {
        return refusals.sum();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Thread.ofVirtual().name("tunnel").start(() -> serve(client));
            } catch (IOException e) {
                // The proxy was closed, or the client has left.
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket()) {
            open.add(server);
            InputStream input = new BufferedInputStream(client.getInputStream());
            HttpRequest request = HttpRequest.parse(head(input));
            InetSocketAddress address = hosts.get(request.target());
            if (!request.method().equals("CONNECT")) {
                answer(client, "405 Method Not Allowed\r\nAllow: CONNECT");
            } else if (authorization != null
                    && !request.header("Proxy-Authorization").orElse("").equals(authorization)) {
                refusals.increment();
                answer(client, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"");
            } else if (address == null) {
                answer(client, "502 Bad Gateway");
            } else {
                server.connect(address, 10_000);
                targets.add(request.target());
                answer(client, "200 Connection established");
                Thread back = Thread.ofVirtual().name("tunnel-back").start(() -> pass(server, client));
                input.transferTo(server.getOutputStream());
                server.shutdownOutput();
                back.join();
            }
            open.remove(server);
        } catch (IOException e) {
            // If one side ends, close the other.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // Wakes the thread that reads from the client.
            closeQuietly(to);
        }
    }

    private static byte[] head(InputStream input) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = input.read();
            if (next < 0 || head.size() == LARGEST_HEAD) {
                throw new EOFException("no whole head of a request");
            }
            head.write(next);
        }
        return head.toByteArray();
    }

    private static void answer(Socket client, String status) throws IOException {
        client.getOutputStream().write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing left to do.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(TunnelProxy::closeQuietly);
    }
}

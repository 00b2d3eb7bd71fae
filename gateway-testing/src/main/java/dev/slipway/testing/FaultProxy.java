package dev.slipway.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A proxy on loopback between a client and a server that simulates network failures. By default it is transparent. All
 * settings take effect at once, also for open connections, and may be made by any thread.
 *
 * <p>A proxy created by {@link #http(URI)} parses HTTP/1.1 requests (with Content-Length or without a body, which is
 * how S3 clients send them) and can handle each separately. A proxy created by {@link #tcp(int)} passes bytes of any
 * protocol.
 */
public final class FaultProxy implements AutoCloseable {

    /** A direction of a connection. */
    public enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    /** How a cut connection ends. */
    public enum Ending {
        /** Normally, as if the peer had finished sending. */
        FIN,
        /** With a reset, as after a crash of the peer or by a firewall. */
        RST
    }

    /** The parameters of {@link #cutAfter}; the serial number distinguishes calls. */
    record Cut(Direction direction, long bytes, Ending ending, long serial) {}

    private record Rule(Predicate<HttpRequest> condition, RequestFault fault, AtomicInteger remaining) {}

    private record Hold(Predicate<HttpRequest> condition, HeldRequests held) {}

    private static final int LARGEST_DELAYED = 32 * 1024 * 1024;

    private final InetSocketAddress server;
    private final boolean http;
    private final int port;

    private final Set<ProxiedConnection> open = ConcurrentHashMap.newKeySet();
    private final LongAdder connections = new LongAdder();
    private final LongAdder bytesToServer = new LongAdder();
    private final LongAdder bytesToClient = new LongAdder();
    private final ConcurrentLinkedQueue<HttpRequest> requests = new ConcurrentLinkedQueue<>();

    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Hold> holds = new CopyOnWriteArrayList<>();
    private volatile Function<HttpRequest, Optional<RequestFault>> judge = _ -> Optional.empty();
    private volatile long delayNanos;
    private final AtomicLong serials = new AtomicLong();
    private volatile @Nullable Cut cut;

    private final Object hangLock = new Object();

    @GuardedBy("hangLock")
    private boolean hanging;

    private final Object listenLock = new Object();

    @GuardedBy("listenLock")
    private boolean closed;

    @GuardedBy("listenLock")
    private @Nullable Listener listener;

    /** Keeps the port while nothing listens on it. */
    @GuardedBy("listenLock")
    private @Nullable Socket placeholder;

    private FaultProxy(InetSocketAddress server, boolean http) throws IOException {
        this.server = server;
        this.http = http;
        Listener first = new Listener(0);
        this.port = first.socket.getLocalPort();
        this.listener = first;
    }

    /** Creates a proxy for an HTTP server, such as an S3 endpoint. */
    public static FaultProxy http(URI server) throws IOException {
        return new FaultProxy(new InetSocketAddress(server.getHost(), server.getPort()), true);
    }

    /** Creates a proxy for a TCP port of this machine's loopback address. */
    public static FaultProxy tcp(int serverPort) throws IOException {
        return new FaultProxy(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort), false);
    }

    /** The port to connect to, on the loopback address. */
    public int port() {
        return port;
    }

    /** The address of the server as seen through the proxy, with scheme http. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Ends all faults and delays, and releases held requests. Connections that were cut stay cut. */
    public void pass() throws IOException {
        rules.clear();
        judge = _ -> Optional.empty();
        List<Hold> before = List.copyOf(holds);
        holds.removeAll(before);
        before.forEach(hold -> hold.held().release());
        delayNanos = 0;
        cut = null;
        synchronized (hangLock) {
            hanging = false;
            hangLock.notifyAll();
        }
        synchronized (listenLock) {
            if (placeholder != null && !closed) {
                placeholder.close();
                placeholder = null;
                listener = new Listener(port);
            }
        }
    }

    /** Refuses new connections and resets open ones, as if the server had crashed. */
    public void refuse() throws IOException {
        synchronized (listenLock) {
            if (listener != null) {
                listener.close();
                listener = null;
                Socket bound = new Socket();
                bound.setReuseAddress(true);
                bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                placeholder = bound;
            }
        }
        resetConnections();
    }

    /** Accepts connections but passes no bytes in either direction, as if the network dropped them. */
    public void hang() {
        synchronized (hangLock) {
            hanging = true;
        }
    }

    /** Resets all open connections. New ones are served. */
    public void resetConnections() {
        open.forEach(ProxiedConnection::reset);
    }

    /**
     * Cuts every connection, open or new, after this many more bytes in a direction.
     *
     * @param bytes how many bytes are passed first; at least 0
     */
    public void cutAfter(Direction direction, long bytes, Ending ending) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes);
        }
        cut = new Cut(direction, bytes, ending, serials.incrementAndGet());
    }

    /**
     * Delays every byte in each direction, without limiting the throughput (up to 32 MiB in flight in each direction of
     * a connection): the round trip becomes longer by twice this time. Connecting is not delayed.
     */
    public void delay(Duration oneWay) {
        delayNanos = oneWay.toNanos();
    }

    /** Applies a fault to every matching request, until {@link #pass()}. The first matching rule applies. */
    public void fail(Predicate<HttpRequest> condition, RequestFault fault) {
        failNext(Integer.MAX_VALUE, condition, fault);
    }

    /**
     * Calls this for every request that no rule matches, until {@link #pass()}. It is called on the thread of the
     * request's connection, and may block.
     */
    public void failBy(Function<HttpRequest, Optional<RequestFault>> judge) {
        requireHttp();
        this.judge = judge;
    }

    /** Applies a fault to the given number of next matching requests. */
    public void failNext(int count, Predicate<HttpRequest> condition, RequestFault fault) {
        requireHttp();
        rules.add(new Rule(condition, fault, new AtomicInteger(count)));
    }

    /** Answers every request with this status and body. */
    public void respond(int status, String body) {
        fail(request -> true, new RequestFault.Respond(status, body));
    }

    /**
     * Holds matching requests from their head on, until they are released; then they go to the server.
     *
     * @param count how many of them {@link HeldRequests#awaitArrival} waits for; more than these are held too
     */
    public HeldRequests hold(int count, Predicate<HttpRequest> condition) {
        requireHttp();
        HeldRequests held = new HeldRequests(count);
        holds.add(new Hold(condition, held));
        return held;
    }

    /** The number of connections accepted so far. */
    public long connections() {
        return connections.sum();
    }

    /** The number of open connections. */
    public int openConnections() {
        return open.size();
    }

    /** The number of bytes passed to the server so far. */
    public long bytesToServer() {
        return bytesToServer.sum();
    }

    /** The number of bytes passed to the client so far, including the proxy's own answers. */
    public long bytesToClient() {
        return bytesToClient.sum();
    }

    /** The requests so far, in the order of their heads, including those that met a fault. */
    public List<HttpRequest> requests() {
        requireHttp();
        return List.copyOf(requests);
    }

    /** Starts a new record of requests. */
    public void forgetRequests() {
        requests.clear();
    }

    /** Stops listening and resets all connections. */
    @Override
    public void close() throws IOException {
        synchronized (listenLock) {
            closed = true;
            if (listener != null) {
                listener.close();
                listener = null;
            }
            if (placeholder != null) {
                placeholder.close();
            }
        }
        synchronized (hangLock) {
            hanging = false;
            hangLock.notifyAll();
        }
        holds.forEach(hold -> hold.held().release());
        resetConnections();
    }

    // Called by the connections of the proxy.

    boolean isHttp() {
        return http;
    }

    long delayNanos() {
        return delayNanos;
    }

    /**
     * How many bytes are buffered for a direction: few, so that a slow reader causes back-pressure, unless bytes must
     * be delayed.
     */
    long queueLimit() {
        return delayNanos == 0 ? 256 * 1024 : LARGEST_DELAYED;
    }

    @Nullable
    Cut cut() {
        return cut;
    }

    /** Blocks while the proxy hangs. */
    void awaitPassage() throws InterruptedException {
        synchronized (hangLock) {
            while (hanging) {
                hangLock.wait();
            }
        }
    }

    /** Records a request, blocks while it is held, and returns its fault, or null for none. */
    @Nullable
    RequestFault judge(HttpRequest request) throws InterruptedException {
        requests.add(request);
        for (Hold hold : holds) {
            if (hold.condition().test(request)) {
                hold.held().hold();
            }
        }
        for (Rule rule : rules) {
            if (rule.condition().test(request) && rule.remaining().getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return rule.fault();
            }
        }
        return judge.apply(request).orElse(null);
    }

    void count(Direction direction, int bytes) {
        switch (direction) {
            case TO_SERVER -> bytesToServer.add(bytes);
            case TO_CLIENT -> bytesToClient.add(bytes);
        }
    }

    void forget(ProxiedConnection connection) {
        open.remove(connection);
    }

    private void requireHttp() {
        if (!http) {
            throw new IllegalStateException("this proxy does not parse requests");
        }
    }

    /** Listens on the proxy's port and serves its connections. */
    private final class Listener {
        private final ServerSocket socket = new ServerSocket();
        private final Thread thread;

        private Listener(int port) throws IOException {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
            thread = Thread.ofVirtual().name("fault-proxy-accept").start(this::accept);
        }

        private void accept() {
            while (!socket.isClosed()) {
                try {
                    // Owned by the connection from here on.
                    Socket client = socket.accept();
                    connections.increment();
                    ProxiedConnection connection = new ProxiedConnection(FaultProxy.this, client);
                    open.add(connection);
                    connection.start(server);
                } catch (IOException e) {
                    if (!socket.isClosed()) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        }

        /** Stops listening. After this, {@link #open} contains all connections. */
        private void close() throws IOException {
            socket.close();
            try {
                // The port remains in use until the thread has returned from accept().
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }
}

package dev.slipway.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server that runs as a separate process until it is closed. Not thread-safe. */
final class Server implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(20);

    /** How often the memory of a server with short-lived processes is sampled. */
    private static final Duration SAMPLING = Duration.ofMillis(250);

    /**
     * How clients reach a server.
     *
     * @param address the loopback address that it listens on
     * @param port the port of SSH, or FTP's control port with explicit TLS
     * @param passivePorts the port range for data connections; both 0 with SFTP
     * @param user the login name, over SSH with the key of the {@link Workspace}
     * @param folder the folder for files; ends with a slash
     */
    record Access(String address, int port, PortRange passivePorts, String user, String folder) {
        Access at(String otherAddress) {
            return new Access(otherAddress, port, passivePorts, user, folder);
        }
    }

    private final Product product;
    private final Access access;
    private final Process process;
    private final ProcessTree tree;
    private final Path log;
    private final Thread sampler;
    private volatile long peakBytes;
    private volatile boolean closed;

    private Server(Product product, Access access, Process process, Path log) {
        this.product = product;
        this.access = access;
        this.process = process;
        this.tree = new ProcessTree(process.toHandle());
        this.log = log;
        this.sampler = Thread.ofPlatform().name("sampler").daemon().unstarted(this::sample);
    }

    /**
     * Starts a server and waits until its port accepts connections.
     *
     * @param log receives the server's output
     * @throws IOException if it ended, or did not listen within a minute; the message contains its output
     */
    static Server start(Product product, Access access, List<String> command, Map<String, String> environment, Path log)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // Proxies and credentials in this user's environment must not affect a benchmark.
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("AWS_")
                        || name.startsWith("RCLONE_")
                        || name.startsWith("SLIPWAY_")
                        || name.startsWith("SFTPGO_")
                        || name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        builder.environment().putAll(environment);
        Server server = new Server(product, access, builder.start(), log);
        try {
            server.awaitListening();
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.close();
            throw e;
        }
        server.sampler.start();
        return server;
    }

    private void awaitListening() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!accepts()) {
            if (process.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                throw new IOException(product.title() + " did not start: "
                        + Files.readString(log).strip());
            }
        }
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(access.address()), access.port()), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void sample() {
        try {
            while (!closed) {
                peakBytes = Math.max(peakBytes, tree.peakBytes());
                Thread.sleep(SAMPLING);
            }
        } catch (InterruptedException e) {
            // The server was closed.
        }
    }

    Product product() {
        return product;
    }

    Access access() {
        return access;
    }

    /** The CPU time of its processes, in seconds. */
    double cpuSeconds() {
        return tree.cpuSeconds();
    }

    /** The bytes that its processes have read and written; see {@link ProcessTree#transferredBytes}. */
    long transferredBytes() {
        return tree.transferredBytes();
    }

    /** The peak memory of all its processes, in bytes; see {@link ProcessTree#peakBytes}. */
    long peakBytes() {
        return Math.max(peakBytes, tree.peakBytes());
    }

    /** See {@link ProcessTree#proportionalBytes}. */
    long proportionalBytes() {
        return tree.proportionalBytes();
    }

    /** Ends its processes and waits for them. Does nothing the second time. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        sampler.interrupt();
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        // Processes that serve a connection outlive the listener.
        children.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public String toString() {
        return product.title() + " on port " + access.port();
    }
}

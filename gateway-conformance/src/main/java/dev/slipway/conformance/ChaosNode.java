package dev.slipway.conformance;

import dev.slipway.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A gateway of a chaos run: a process that is killed and restarted, and its network connection to the store. */
final class ChaosNode implements AutoCloseable {
    private final String name;
    private final FaultProxy network;
    private final Path configuration;
    private final Path folder;
    private final int adminPort;
    private final int heapMiB;
    private final AtomicInteger kills = new AtomicInteger();
    private volatile GatewayProcess process;
    private volatile boolean running;

    /** Starts the gateway. */
    ChaosNode(String name, FaultProxy network, Path configuration, Path folder, int adminPort, int heapMiB)
            throws IOException {
        this.name = name;
        this.network = network;
        this.configuration = configuration;
        this.folder = folder;
        this.adminPort = adminPort;
        this.heapMiB = heapMiB;
        this.process = launch();
        this.running = true;
    }

    private GatewayProcess launch() throws IOException {
        return GatewayProcess.start(
                configuration, folder.resolve(name + "-" + kills.get() + ".log"), adminPort, heapMiB);
    }

    /** The running process, or the last one. */
    GatewayProcess process() {
        return process;
    }

    boolean isRunning() {
        return running;
    }

    /** How often it was killed. */
    int kills() {
        return kills.get();
    }

    /** Kills it, and drops its requests in flight to the store. */
    void kill() {
        running = false;
        kills.incrementAndGet();
        process.kill();
        network.resetConnections();
        network.forgetRequests();
    }

    /** Restarts it after {@link #kill}, and waits until it is ready. */
    void restart() throws IOException {
        process = launch();
        running = true;
    }

    /** Cuts all connections to the store. */
    void cutOffStore() {
        network.resetConnections();
    }

    @Override
    public void close() throws IOException {
        process.close();
        network.close();
    }

    @Override
    public String toString() {
        return name;
    }
}

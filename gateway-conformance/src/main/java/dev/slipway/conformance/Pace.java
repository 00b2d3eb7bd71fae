package dev.slipway.conformance;

import java.time.Duration;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** How long clients pause between operations, so that the gateway has the wanted load. */
final class Pace {
    private static final long SHORTEST = Duration.ofMillis(1).toNanos();
    private static final long LONGEST = Duration.ofSeconds(5).toNanos();

    private final GatewayProcess gateway;
    private final double wanted;
    /** Fair, so that clients that begin operation after operation do not keep a measurement waiting. */
    private final ReadWriteLock rest = new ReentrantReadWriteLock(true);

    private volatile long pauseNanos = Duration.ofMillis(100).toNanos();
    private Duration cpuBefore;
    private long before;
    private double load;

    /** @param wanted CPU time as a fraction of one core */
    Pace(GatewayProcess gateway, double wanted) {
        this.gateway = gateway;
        this.wanted = wanted;
        this.cpuBefore = gateway.cpu();
        this.before = System.nanoTime();
    }

    /** Measures the load since the last call, and adjusts the pauses. For one thread. */
    void adapt() {
        Duration cpu = gateway.cpu();
        long now = System.nanoTime();
        load = (double) cpu.minus(cpuBefore).toNanos() / Math.max(1, now - before);
        cpuBefore = cpu;
        before = now;
        double factor = Math.clamp(load / wanted, 0.6, 1.6);
        pauseNanos = Math.clamp((long) (pauseNanos * factor), SHORTEST, LONGEST);
    }

    /** CPU time as a fraction of one core, before the last {@link #adapt}. */
    double load() {
        return load;
    }

    /** The average pause of a client. */
    long pauseNanos() {
        return pauseNanos;
    }

    /** Held by a client during an operation. Clients share it. */
    Lock operation() {
        return rest.readLock();
    }

    /** Held by a measurement during which no client has an operation in progress. */
    Lock measurement() {
        return rest.writeLock();
    }
}

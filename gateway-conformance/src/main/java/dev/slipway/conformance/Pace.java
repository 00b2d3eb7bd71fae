package dev.slipway.conformance;

import java.time.Duration;

/** How long clients rest between operations, so that a gateway has the load that is wanted. */
final class Pace {
    private static final long SHORTEST = Duration.ofMillis(1).toNanos();
    private static final long LONGEST = Duration.ofSeconds(5).toNanos();

    private final GatewayProcess gateway;
    private final double wanted;
    private volatile long pauseNanos = Duration.ofMillis(100).toNanos();
    private Duration cpuBefore;
    private long before;
    private double load;

    /** @param wanted CPU time as a part of one core */
    Pace(GatewayProcess gateway, double wanted) {
        this.gateway = gateway;
        this.wanted = wanted;
        this.cpuBefore = gateway.cpu();
        this.before = System.nanoTime();
    }

    /** Looks what the load was since the last time, and makes the rests longer or shorter. For one thread. */
    void adapt() {
        Duration cpu = gateway.cpu();
        long now = System.nanoTime();
        load = (double) cpu.minus(cpuBefore).toNanos() / Math.max(1, now - before);
        cpuBefore = cpu;
        before = now;
        double factor = Math.clamp(load / wanted, 0.6, 1.6);
        pauseNanos = Math.clamp((long) (pauseNanos * factor), SHORTEST, LONGEST);
    }

    /** CPU time as a part of one core, before the last {@link #adapt}. */
    double load() {
        return load;
    }

    /** How long a client rests on average. */
    long pauseNanos() {
        return pauseNanos;
    }
}

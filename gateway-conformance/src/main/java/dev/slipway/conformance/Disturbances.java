package dev.slipway.conformance;

import java.util.concurrent.atomic.AtomicLong;

/** Disturbances of the store that affect all clients, to explain refusals. */
final class Disturbances {
    private final AtomicLong storeCame = new AtomicLong(System.nanoTime());
    private final AtomicLong networkCut = new AtomicLong(System.nanoTime());
    private volatile boolean storeIsDown;

    void storeGoes() {
        storeIsDown = true;
    }

    void storeIsBack() {
        storeCame.set(System.nanoTime());
        storeIsDown = false;
    }

    /** Records that a gateway's connections to the store were cut. */
    void networkWasCut() {
        networkCut.set(System.nanoTime());
    }

    /** For how long the store has been available, in nanoseconds. */
    long storeNanos() {
        return storeIsDown ? 0 : System.nanoTime() - storeCame.get();
    }

    /** For how long there was no disturbance, in nanoseconds. */
    long quietNanos() {
        return Math.min(storeNanos(), System.nanoTime() - networkCut.get());
    }
}

package dev.slipway.conformance;

import java.util.concurrent.atomic.AtomicLong;

/** What happens to the store for all, so that a refusal can be told that has a reason. */
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

    /** Notes that a gateway's connections to the store were cut. */
    void networkWasCut() {
        networkCut.set(System.nanoTime());
    }

    /** For how long the store has been there, in nanoseconds. */
    long storeNanos() {
        return storeIsDown ? 0 : System.nanoTime() - storeCame.get();
    }

    /** For how long nothing has happened, in nanoseconds. */
    long quietNanos() {
        return Math.min(storeNanos(), System.nanoTime() - networkCut.get());
    }
}

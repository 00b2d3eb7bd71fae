package dev.slipway.ftps;

import dev.slipway.testing.Patience;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for effects of the server's threads. */
final class Waiting {
    private Waiting() {}

    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Patience.LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("did not happen within " + Patience.SECONDS + " s: " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}

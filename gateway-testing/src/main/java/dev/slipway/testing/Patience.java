package dev.slipway.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Time limits of tests. They depend on the machine, not on the assertion: they only end tests that would never end, and
 * suffice for a machine that is ten times slower than a quiet one. What a test asserts must not depend on them. The
 * environment variable {@code SLIPWAY_TEST_PATIENCE} contains a factor for machines that are slower still.
 */
public final class Patience {
    /** The limit for a single wait, in seconds; see {@link #LIMIT}. */
    public static final int SECONDS = Math.toIntExact(Math.round(240 * factor()));

    /** The limit for a single wait: for a client to end, a server to answer, or a condition to hold. */
    public static final Duration LIMIT = Duration.ofSeconds(SECONDS);

    /** {@link #LIMIT} in milliseconds, for sockets. */
    public static final int MILLIS = Math.toIntExact(LIMIT.toMillis());

    /** For JUnit's {@code @Timeout}, in seconds: a test makes several waits, and JUnit accepts only a constant. */
    public static final int TEST_SECONDS = 1800;

    private Patience() {}

    private static double factor() {
        String factor = System.getenv("SLIPWAY_TEST_PATIENCE");
        return factor == null || factor.isEmpty() ? 1 : Double.parseDouble(factor);
    }

    /**
     * Waits for a condition, which is checked every 10 ms.
     *
     * @param what names the condition in the failure's message
     * @throws AssertionError if it does not hold within {@link #LIMIT}
     */
    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Object monitor = new Object();
        synchronized (monitor) {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("did not happen within " + SECONDS + " s: " + what);
                }
                monitor.wait(10);
            }
        }
    }
}

package dev.slipway.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How long tests wait for what must happen. Patience belongs to the machine and not to the assertion: it only ends a test
 * that would never end, and is ample for a machine that is ten times slower than a quiet one. What a test asserts must not
 * depend on it. The environment variable {@code SLIPWAY_TEST_PATIENCE} has a factor for machines that are slower still.
 */
public final class Patience {
    /** For one thing to happen, in seconds; see {@link #LIMIT}. */
    public static final int SECONDS = Math.toIntExact(Math.round(240 * factor()));

    /** For one thing to happen: a client to end, a server to answer, a condition to hold. */
    public static final Duration LIMIT = Duration.ofSeconds(SECONDS);

    /** {@link #LIMIT} in milliseconds, for sockets. */
    public static final int MILLIS = Math.toIntExact(LIMIT.toMillis());

    /** For JUnit's {@code @Timeout}, in seconds: a test waits for a few things, and JUnit takes nothing but a constant. */
    public static final int TEST_SECONDS = 1800;

    private Patience() {}

    private static double factor() {
        String factor = System.getenv("SLIPWAY_TEST_PATIENCE");
        return factor == null || factor.isEmpty() ? 1 : Double.parseDouble(factor);
    }

    /**
     * Waits for a condition. Asks again every 10 ms.
     *
     * @param what names it in the failure's message
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

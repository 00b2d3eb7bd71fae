package dev.slipway.testing;

import java.time.Duration;

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

    /** What a test waits for. */
    public interface Condition<E extends Exception> {
        /** Whether it holds now. */
        boolean holds() throws InterruptedException, E;
    }

    private static double factor() {
        String factor = System.getenv("SLIPWAY_TEST_PATIENCE");
        return factor == null || factor.isEmpty() ? 1 : Double.parseDouble(factor);
    }

    /**
     * Waits for a condition, which is checked every 10 ms.
     *
     * @param what names the condition in the failure's message
     * @throws AssertionError if it does not hold within {@link #LIMIT}
     * @throws E what the condition throws
     */
    public static <E extends Exception> void await(String what, Condition<E> condition) throws InterruptedException, E {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Object monitor = new Object();
        synchronized (monitor) {
            while (!condition.holds()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("did not happen within " + SECONDS + " s: " + what);
                }
                monitor.wait(10);
            }
        }
    }
}

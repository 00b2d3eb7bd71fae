package dev.slipway.core.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Makes all failed logins take equally long, whatever the reason: answers are sent at multiples of one period, which is
 * longer than the slowest password check of any account. A login that is refused without a check waits as long as a
 * recent login that was checked. Waiting uses no CPU. Thread-safe.
 */
final class FailureTime {
    /** The shortest period; all periods are multiples of it, so that they stay constant while measurements vary. */
    static final Duration STEP = Duration.ofMillis(100);

    private static final Duration LONGEST_PERIOD = Duration.ofSeconds(5);
    private static final int MEASUREMENTS = 256;
    private static final int ANSWERS = 32;

    /** Waits. */
    @FunctionalInterface
    interface Pause {
        void nanos(long time) throws InterruptedException;
    }

    private final LongSupplier nanoTime;
    private final Pause pause;

    /** Of the latest checks: nanoseconds per unit of cost, and the number of periods until the answer. */
    @GuardedBy("this")
    private final double[] measured = new double[MEASUREMENTS];

    @GuardedBy("this")
    private final long[] periods = new long[ANSWERS];

    @GuardedBy("this")
    private int measurements;

    @GuardedBy("this")
    private int answers;

    /**
     * @param nanoTime a clock in nanoseconds
     * @param pause called by threads that may block
     */
    FailureTime(LongSupplier nanoTime, Pause pause) {
        this.nanoTime = nanoTime;
        this.pause = pause;
        Arrays.fill(periods, 1);
    }

    /** A login in progress. */
    final class Login {
        private final long begin = nanoTime.getAsLong();

        private Login() {}

        /**
         * Checks a password.
         *
         * @param cost the cost of the check
         * @param check blocks while it computes
         */
        boolean check(long cost, BooleanSupplier check) {
            long start = nanoTime.getAsLong();
            boolean right = check.getAsBoolean();
            measure((nanoTime.getAsLong() - start) / (double) cost);
            return right;
        }

        /**
         * Waits until a failure may be answered after a check.
         *
         * @param cost the cost of that check
         * @param slowest the highest cost of a check of any account
         */
        void awaitAnswer(long cost, long slowest) {
            long period = period(slowest);
            // As if it had been the slowest check.
            long took = nanoTime.getAsLong() - begin + (long) (nanosPerCost() * (slowest - cost));
            long count = took / period + 1;
            remember(count);
            await(count * period);
        }

        /** As above, if nothing was checked. */
        void awaitRefusal(long slowest) {
            long period = period(slowest);
            long past = (nanoTime.getAsLong() - begin) / period;
            await(Math.max(someCount(), past + 1) * period);
        }

        private void await(long time) {
            long left = begin + time - nanoTime.getAsLong();
            if (left <= 0) {
                return;
            }
            try {
                pause.nanos(left);
            } catch (InterruptedException e) {
                // Ends the wait early, and keeps the interrupt for the caller.
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Starts the clock of a login. */
    Login begin() {
        return new Login();
    }

    private synchronized void measure(double nanosPerCost) {
        measured[measurements++ % MEASUREMENTS] = nanosPerCost;
        if (measurements == 2 * MEASUREMENTS) {
            measurements = MEASUREMENTS;
        }
    }

    /** The time of a check that does not wait for others: the shortest of the latest measurements. */
    private synchronized double nanosPerCost() {
        return Arrays.stream(measured, 0, Math.min(measurements, MEASUREMENTS))
                .min()
                .orElse(0);
    }

    private long period(long slowest) {
        double check = nanosPerCost() * slowest;
        long steps = (long) Math.ceil(1.5 * check / STEP.toNanos());
        return Math.clamp(steps * STEP.toNanos(), STEP.toNanos(), LONGEST_PERIOD.toNanos());
    }

    private synchronized void remember(long count) {
        periods[answers] = count;
        answers = (answers + 1) % ANSWERS;
    }

    private synchronized long someCount() {
        return periods[ThreadLocalRandom.current().nextInt(ANSWERS)];
    }
}

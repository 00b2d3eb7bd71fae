package dev.slipway.core.vfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Limits bytes to a rate, smoothly, and shares it equally among flows that want more than there is: a token bucket of a
 * tenth of a second, and start-time fair queuing (Goyal, Vin and Cheng, SIGCOMM 1996) of the waiting flows. Bucket4j
 * and resilience4j serve in the order of arrival, which favours flows that ask for more at a time, and a change of the
 * rate does not affect those that already wait. Thread-safe.
 */
final class RateLimit {
    /** The burst after a pause is the rate divided by this. */
    private static final long BURSTS_PER_SECOND = 10;

    /** How often a waiting flow checks whether it has ended and whether the rate has changed. */
    private static final long LOOK_NANOS = 100_000_000;

    private static final long SECOND = 1_000_000_000;

    /** A flow of bytes, of one or of several concurrent transfers. */
    static final class Flow {
        /** Where the flow's last bytes ended, in virtual time: the bytes that each flow was entitled to by then. */
        private double finish;
    }

    private static final class Waiter {
        private final double start;
        private final long number;
        private final Condition turn;

        Waiter(double start, long number, Condition turn) {
            this.start = start;
            this.number = number;
            this.turn = turn;
        }

        double start() {
            return start;
        }

        long number() {
            return number;
        }
    }

    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final PriorityQueue<Waiter> waiters =
            new PriorityQueue<>(Comparator.comparingDouble(Waiter::start).thenComparingLong(Waiter::number));

    @GuardedBy("lock")
    private long rate;

    @GuardedBy("lock")
    private double tokens;

    @GuardedBy("lock")
    private long filled;

    @GuardedBy("lock")
    private double virtualTime;

    @GuardedBy("lock")
    private long numbers;

    /**
     * @param rate bytes per second, at least 1
     * @param nanoTime as {@link System#nanoTime}
     */
    RateLimit(long rate, LongSupplier nanoTime) {
        this.rate = rate;
        this.nanoTime = nanoTime;
        this.filled = nanoTime.getAsLong();
        this.tokens = burst();
    }

    @GuardedBy("lock")
    private double burst() {
        return Math.max(1, (double) rate / BURSTS_PER_SECOND);
    }

    /** Changes the rate, also for flows that already wait. */
    void rate(long value) {
        lock.lock();
        try {
            if (rate != value) {
                fill();
                rate = value;
                tokens = Math.min(tokens, burst());
                wakeFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void fill() {
        long now = nanoTime.getAsLong();
        tokens = Math.min(burst(), tokens + (double) (now - filled) / SECOND * rate);
        filled = now;
    }

    /**
     * Waits until bytes may pass.
     *
     * @param bytes may be more than pass at once: the bytes after them then wait longer
     * @param ended polled while waiting; once true, this returns
     * @return whether the bytes may pass; false if it ended first
     */
    boolean pass(Flow flow, int bytes, BooleanSupplier ended) {
        lock.lock();
        try {
            fill();
            double start = Math.max(virtualTime, flow.finish);
            flow.finish = start + bytes;
            if (waiters.isEmpty() && tokens > 0) {
                virtualTime = start;
                tokens -= bytes;
                return true;
            }
            Waiter waiter = new Waiter(start, numbers++, lock.newCondition());
            waiters.add(waiter);
            try {
                return await(waiter, bytes, ended);
            } finally {
                waiters.remove(waiter);
                wakeFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean await(Waiter waiter, int bytes, BooleanSupplier ended) {
        while (!ended.getAsBoolean()) {
            fill();
            long nanos = LOOK_NANOS;
            if (waiters.peek() == waiter) {
                if (tokens > 0) {
                    virtualTime = Math.max(virtualTime, waiter.start());
                    tokens -= bytes;
                    return true;
                }
                nanos = Math.clamp((long) (-tokens / rate * SECOND) + 1, 1, LOOK_NANOS);
            }
            try {
                var _ = waiter.turn.awaitNanos(nanos);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    @GuardedBy("lock")
    private void wakeFirst() {
        Waiter first = waiters.peek();
        if (first != null) {
            first.turn.signal();
        }
    }

    /** How many flows wait for time to pass, if none of them could continue now; for tests. */
    int waiting() {
        lock.lock();
        try {
            fill();
            return tokens > 0 ? 0 : waiters.size();
        } finally {
            lock.unlock();
        }
    }

    /** Has the first waiting flow check the time again; for tests, whose clock does not run. */
    void wake() {
        lock.lock();
        try {
            wakeFirst();
        } finally {
            lock.unlock();
        }
    }
}

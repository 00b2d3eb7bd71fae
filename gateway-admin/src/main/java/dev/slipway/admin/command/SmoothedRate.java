package dev.slipway.admin.command;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The rate at which bytes arrive, from numbers that are seen now and then. It is an average over some seconds from one change of
 * the number to another, so that it is never above what has really arrived in that time.
 */
final class SmoothedRate {
    private static final long WINDOW_NANOS = Duration.ofSeconds(15).toNanos();

    /** A shorter time says little. */
    private static final long LEAST_NANOS = Duration.ofSeconds(2).toNanos();

    private record Change(long nanos, long bytes) {}

    private final Deque<Change> changes = new ArrayDeque<>();

    /**
     * A number was seen.
     *
     * @param nanos when, as in {@link System#nanoTime}
     * @param bytes how many have arrived so far
     */
    void seen(long nanos, long bytes) {
        if (!changes.isEmpty() && bytes < changes.getLast().bytes()) {
            // It began anew.
            changes.clear();
        }
        if (changes.isEmpty() || bytes > changes.getLast().bytes()) {
            changes.add(new Change(nanos, bytes));
        }
        while (changes.size() > 2 && nanos - changes.getFirst().nanos() > WINDOW_NANOS) {
            changes.removeFirst();
        }
    }

    /** Forgets what was seen: what arrives from now on has another rate. */
    void reset() {
        changes.clear();
    }

    /** Bytes per second; 0 if it is not known. */
    double rate(long nanos) {
        if (changes.size() < 2) {
            return 0;
        }
        Change first = changes.getFirst();
        Change last = changes.getLast();
        long time = last.nanos() - first.nanos();
        if (time < LEAST_NANOS) {
            return 0;
        }
        // Without a change for longer than usual, nothing arrives.
        long usual = 2 * time / (changes.size() - 1);
        if (nanos - last.nanos() > Math.max(usual, LEAST_NANOS)) {
            time = nanos - first.nanos();
        }
        return (last.bytes() - first.bytes()) * 1e9 / time;
    }
}

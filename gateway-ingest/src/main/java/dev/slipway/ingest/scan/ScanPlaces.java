package dev.slipway.ingest.scan;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How many files are scanned at once. One account has at most half of the places. Thread-safe. */
final class ScanPlaces {
    private final int most;
    private final int mostPerAccount;

    @GuardedBy("this")
    private final Map<String, Integer> taken = new HashMap<>();

    @GuardedBy("this")
    private int all;

    ScanPlaces(int most) {
        this.most = most;
        this.mostPerAccount = (most + 1) / 2;
    }

    /**
     * Takes a place.
     *
     * @param wait how long this may block for it
     * @return whether there was one
     */
    synchronized boolean take(String account, Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        while (all >= most || taken.getOrDefault(account, 0) >= mostPerAccount) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        all++;
        taken.merge(account, 1, Integer::sum);
        return true;
    }

    /** Gives a place back. */
    synchronized void giveBack(String account) {
        all--;
        taken.computeIfPresent(account, (_, count) -> count == 1 ? null : count - 1);
        notifyAll();
    }
}

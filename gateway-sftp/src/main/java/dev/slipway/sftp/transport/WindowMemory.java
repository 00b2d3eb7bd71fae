package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * The memory for data that clients send ahead: one budget for the receive windows of all channels. A granted window
 * cannot be taken back before its channel ends, so one half is for growing windows, and the other half for small
 * windows of further channels. Safe for use by several threads.
 */
public final class WindowMemory {
    private final long budget;

    @GuardedBy("this")
    private long granted;

    /** @param budget bytes for all windows together */
    public WindowMemory(long budget) {
        this.budget = budget;
    }

    /** Reserves bytes for a new window; false if the budget is used up. */
    public synchronized boolean take(long bytes) {
        return take(bytes, budget);
    }

    /**
     * Reserves bytes to enlarge a window, from the half for growing windows.
     *
     * @param window its new size; at most what is left for others
     */
    synchronized boolean takeSpare(long bytes, long window) {
        return take(bytes, budget / 2 - window);
    }

    @GuardedBy("this")
    private boolean take(long bytes, long limit) {
        if (granted + bytes > limit) {
            return false;
        }
        granted += bytes;
        return true;
    }

    synchronized void giveBack(long bytes) {
        granted -= bytes;
    }

    /** The bytes of all windows now; never more than the budget. */
    public synchronized long granted() {
        return granted;
    }
}

package dev.slipway.sftp;

/**
 * The memory that clients may fill ahead of our working on it: one budget for the receive windows of all channels. What
 * was granted to a client cannot be taken back before its channel ends, so one half is for windows that are made larger,
 * and the other half stays for small windows of further channels. Safe for use by several threads.
 */
final class WindowMemory {
    private final long budget;
    private long granted;

    /** @param budget bytes for all windows together */
    WindowMemory(long budget) {
        this.budget = budget;
    }

    /** Takes bytes for a window that cannot do without; false if the budget has no more. */
    synchronized boolean take(long bytes) {
        return take(bytes, budget);
    }

    /**
     * Takes bytes that make a window larger, out of what nobody else is likely to miss.
     *
     * @param window the bytes that it then has; no more than what is left for others
     */
    synchronized boolean takeSpare(long bytes, long window) {
        return take(bytes, budget / 2 - window);
    }

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

    /** The bytes of all windows at this moment; never more than the budget. */
    synchronized long granted() {
        return granted;
    }
}

package dev.slipway.sftp.transport;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** The heap for queued answers of all sessions together: a sixteenth of it. Safe for use by several threads. */
public final class OutputMemory {
    /** What one session may have pending, in bytes. */
    private static final long SESSION = 512 * 1024;

    /** What is left of that while half of the memory is in use. */
    private static final long SESSION_WHEN_SHORT = 64 * 1024;

    private static final int SHARE = 16;

    private final long budget;
    private final AtomicLong pending = new AtomicLong();
    private final Semaphore largeAnswers;

    /**
     * @param heap the largest heap of this process, in bytes
     * @param largestAnswer bytes
     */
    public OutputMemory(long heap, int largestAnswer) {
        budget = heap / SHARE;
        largeAnswers = new Semaphore(Math.clamp(budget / largestAnswer, 1, Integer.MAX_VALUE));
    }

    /** Counts bytes that are pending; negative when they have been sent. */
    public void add(long bytes) {
        pending.addAndGet(bytes);
    }

    /** The bytes that are pending now. */
    long pending() {
        return pending.get();
    }

    /** The number of pending bytes from which a session waits. */
    long sessionLimit() {
        return pending.get() > budget / 2 ? SESSION_WHEN_SHORT : SESSION;
    }

    /** Takes a place for a channel with answers larger than old clients accept. Does not block. */
    public boolean takeLargeAnswer() {
        return largeAnswers.tryAcquire();
    }

    public void returnLargeAnswer() {
        largeAnswers.release();
    }
}

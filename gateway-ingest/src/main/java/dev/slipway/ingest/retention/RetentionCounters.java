package dev.slipway.ingest.retention;

import java.util.concurrent.atomic.AtomicLong;

/** What this gateway has done for one retention task since it started. Thread-safe. */
public final class RetentionCounters {
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong lastSuccess = new AtomicLong();

    RetentionCounters() {}

    /** An attempt of a run has ended. */
    void ended(boolean hasSucceeded, long moreFiles, long moreBytes, long now) {
        files.addAndGet(moreFiles);
        bytes.addAndGet(moreBytes);
        if (hasSucceeded) {
            succeeded.incrementAndGet();
            lastSuccess.set(now);
        } else {
            failed.incrementAndGet();
        }
    }

    /** A run was due while another one was queued or running. */
    void skippedOne() {
        skipped.incrementAndGet();
    }

    /** Runs that have succeeded. */
    public long succeeded() {
        return succeeded.get();
    }

    /** Attempts of runs that have failed, or were stopped. */
    public long failed() {
        return failed.get();
    }

    /** Runs that were skipped. */
    public long skipped() {
        return skipped.get();
    }

    /** Files that were deleted or moved. */
    public long files() {
        return files.get();
    }

    /** Their bytes. */
    public long bytes() {
        return bytes.get();
    }

    /** When the last run succeeded, in seconds since 1970; 0 if none has. */
    public long lastSuccess() {
        return lastSuccess.get();
    }
}

package dev.slipway.ingest.pull;

import java.util.concurrent.atomic.AtomicLong;

/** What this gateway has done for one pull since it started. Thread-safe. */
public final class PullCounters {
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicLong failedFiles = new AtomicLong();
    private final AtomicLong lastSuccess = new AtomicLong();

    PullCounters() {}

    /** An attempt of a run has ended. */
    void ended(boolean hasSucceeded, long newlyFailedFiles, long now) {
        failedFiles.addAndGet(newlyFailedFiles);
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

    /** Attempts of runs that have failed. */
    public long failed() {
        return failed.get();
    }

    /** Runs that were skipped. */
    public long skipped() {
        return skipped.get();
    }

    /** Files that could not be stored, and folders that could not be listed. */
    public long failedFiles() {
        return failedFiles.get();
    }

    /** When the last run succeeded, in seconds since 1970; 0 if none has. */
    public long lastSuccess() {
        return lastSuccess.get();
    }
}

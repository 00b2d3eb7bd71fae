package dev.slipway.ingest.archive;

import java.util.concurrent.atomic.AtomicLong;

/** What this gateway has done for one archive task since it started. Thread-safe. */
public final class ArchiveCounters {
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong archives = new AtomicLong();
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong lastSuccess = new AtomicLong();

    ArchiveCounters() {}

    /** An attempt of a run has ended. */
    void ended(boolean hasSucceeded, long now) {
        if (hasSucceeded) {
            succeeded.incrementAndGet();
            lastSuccess.set(now);
        } else {
            failed.incrementAndGet();
        }
    }

    void made(long moreArchives, long moreFiles) {
        archives.addAndGet(moreArchives);
        files.addAndGet(moreFiles);
    }

    /** Runs that have succeeded. */
    public long succeeded() {
        return succeeded.get();
    }

    /** Attempts of runs that have failed, or were stopped. */
    public long failed() {
        return failed.get();
    }

    /** Archives that were made. */
    public long archives() {
        return archives.get();
    }

    /** Files that were put into archives. */
    public long files() {
        return files.get();
    }

    /** When the last run succeeded, in seconds since 1970; 0 if none has. */
    public long lastSuccess() {
        return lastSuccess.get();
    }
}

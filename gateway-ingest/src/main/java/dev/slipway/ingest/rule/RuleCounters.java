package dev.slipway.ingest.rule;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** What this gateway has done for one rule since it started. Thread-safe. */
public final class RuleCounters {
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong quarantined = new AtomicLong();
    private final AtomicLong milliseconds = new AtomicLong();

    RuleCounters() {}

    /** All steps were done. */
    void succeeded(Duration took) {
        succeeded.incrementAndGet();
        milliseconds.addAndGet(Math.max(0, took.toMillis()));
    }

    /** An attempt has failed. */
    void failedOne() {
        failed.incrementAndGet();
    }

    /** A file was moved to a quarantine. */
    void quarantinedOne() {
        quarantined.incrementAndGet();
    }

    /** Files that were moved to a quarantine. */
    public long quarantined() {
        return quarantined.get();
    }

    /** Files that were taken through all steps. */
    public long succeeded() {
        return succeeded.get();
    }

    /** Attempts that have failed. */
    public long failed() {
        return failed.get();
    }

    /** How long those files took, from the end of their upload to the end of the last step, in milliseconds in all. */
    public long milliseconds() {
        return milliseconds.get();
    }
}

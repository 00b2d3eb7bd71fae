package dev.slipway.ingest.archive;

import java.util.concurrent.atomic.AtomicLong;

/** What has become of the manifests of archives on this gateway since it started. Thread-safe. */
public final class ManifestCounters {
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong fallbacks = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile long waiting;

    ManifestCounters() {}

    void stored(int count) {
        entries.addAndGet(count);
    }

    void fellBack() {
        fallbacks.incrementAndGet();
    }

    void failed() {
        failures.incrementAndGet();
    }

    void waiting(long count) {
        waiting = count;
    }

    /** Entries that the server has stored, also those of manifests that waited. */
    public long entries() {
        return entries.get();
    }

    /** Manifests that went to the fallback bucket. */
    public long fallbacks() {
        return fallbacks.get();
    }

    /** Attempts to have the server store a manifest that failed. */
    public long failures() {
        return failures.get();
    }

    /** Manifests that waited, on all gateways of the database, when this gateway last looked: at most a minute ago. */
    public long waiting() {
        return waiting;
    }
}

package dev.slipway.ingest.watch;

import java.util.concurrent.atomic.LongAdder;

/** What a watch has done since the gateway's start. Thread-safe. */
final class WatchCounts {
    private final LongAdder files = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder failures = new LongAdder();

    void stored(long size) {
        files.increment();
        bytes.add(size);
    }

    void failed() {
        failures.increment();
    }

    long files() {
        return files.sum();
    }

    long bytes() {
        return bytes.sum();
    }

    long failures() {
        return failures.sum();
    }
}

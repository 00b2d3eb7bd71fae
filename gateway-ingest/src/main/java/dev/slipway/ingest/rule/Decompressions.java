package dev.slipway.ingest.rule;

import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Limits how many files are decompressed at once, by the memory that this takes. Thread-safe. */
final class Decompressions {
    /** What a decompression may take of the heap: the dictionary of xz, and the names of an archive's members. */
    private static final long BYTES = 100 << 20;

    private static final int MOST = 4;

    private final Semaphore free;

    Decompressions() {
        free = new Semaphore(atOnce(Runtime.getRuntime().maxMemory()));
    }

    /** How many files are decompressed at once, with an eighth of the heap for all of them. */
    static int atOnce(long heapBytes) {
        return Math.clamp(heapBytes / 8 / BYTES, 1, MOST);
    }

    /** The right to decompress a file, until it is closed. */
    final class Place implements AutoCloseable {
        @Override
        public void close() {
            free.release();
        }
    }

    /** Takes a place; empty if there is none at the moment. Does not block. */
    Optional<Place> take() {
        return free.tryAcquire() ? Optional.of(new Place()) : Optional.empty();
    }
}

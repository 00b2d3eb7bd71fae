package dev.slipway.core.store.upload;

import java.util.ArrayDeque;

/**
 * The part copies that an upload still has to request. Only a few copies of one upload wait for their turn at the store
 * at a time, so that other uploads get turns in between. Guarded by its upload.
 */
final class CopyQueue {
    /** The most copies of one upload that wait for their turn or are being made. */
    private static final int MOST_ASKED_FOR = 8;

    private final ArrayDeque<Runnable> later = new ArrayDeque<>();
    private int askedFor;

    void add(Runnable copy) {
        later.add(copy);
    }

    /** Requests as many copies as allowed. */
    void run() {
        while (askedFor < MOST_ASKED_FOR && !later.isEmpty()) {
            askedFor++;
            later.remove().run();
        }
    }

    /** A requested copy has ended. */
    void ended() {
        askedFor--;
    }

    /** Drops the copies that were not requested yet. Returns their number. */
    int clear() {
        int dropped = later.size();
        later.clear();
        return dropped;
    }
}

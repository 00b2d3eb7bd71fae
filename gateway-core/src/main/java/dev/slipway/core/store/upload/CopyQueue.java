package dev.slipway.core.store.upload;

import java.util.ArrayDeque;

/**
 * The copies that an upload has yet to ask the store for. Only a few of one upload wait for their turn at the store, so that
 * others get theirs in between. Guarded by its upload.
 */
final class CopyQueue {
    /** Copies of one upload that wait for their turn at the store or have it. */
    private static final int MOST_ASKED_FOR = 8;

    private final ArrayDeque<Runnable> later = new ArrayDeque<>();
    private int askedFor;

    void add(Runnable copy) {
        later.add(copy);
    }

    /** Asks for as many as may be asked for. */
    void run() {
        while (askedFor < MOST_ASKED_FOR && !later.isEmpty()) {
            askedFor++;
            later.remove().run();
        }
    }

    /** One that was asked for is over. */
    void ended() {
        askedFor--;
    }

    /** Gives up those that were not asked for yet. Returns how many. */
    int clear() {
        int dropped = later.size();
        later.clear();
        return dropped;
    }
}

package dev.slipway.admin.api;

import dev.slipway.core.account.Network;
import java.util.HashMap;
import java.util.Map;

/**
 * Limits how many requests without authentication are handled at once, since some of them wait for a password check. Each
 * client address has a smaller limit, so that no address can keep others from logging in. Safe for use by several threads;
 * nothing blocks.
 */
final class OpenPlaces {
    private static final int MOST = 64;
    private static final int MOST_OF_ADDRESS = 4;

    private final Map<Network, Integer> taken = new HashMap<>();
    private int count;

    /** Takes a place, if there is one. */
    synchronized boolean take(Network client) {
        if (count >= MOST || taken.getOrDefault(client, 0) >= MOST_OF_ADDRESS) {
            return false;
        }
        count++;
        taken.merge(client, 1, Integer::sum);
        return true;
    }

    /** Returns a place that {@link #take} has taken. */
    synchronized void giveBack(Network client) {
        count--;
        taken.computeIfPresent(client, (_, places) -> places == 1 ? null : places - 1);
    }
}

package dev.slipway.admin.api;

import java.util.HashMap;
import java.util.Map;

/**
 * A limit on how much goes on at once, for all accounts and for each one, so that no account keeps others out. Safe for use
 * by several threads; nothing blocks.
 */
final class Places {
    private final int most;
    private final int mostOfAccount;
    private final Map<String, Integer> taken = new HashMap<>();
    private int count;

    Places(int most, int mostOfAccount) {
        this.most = most;
        this.mostOfAccount = mostOfAccount;
    }

    /** Takes a place, if there is one. */
    synchronized boolean take(String account) {
        if (count >= most || taken.getOrDefault(account, 0) >= mostOfAccount) {
            return false;
        }
        count++;
        taken.merge(account, 1, Integer::sum);
        return true;
    }

    /** Returns a place that {@link #take} has taken. */
    synchronized void giveBack(String account) {
        count--;
        taken.computeIfPresent(account, (_, places) -> places == 1 ? null : places - 1);
    }
}

package dev.slipway.core.account;

import java.util.List;

/** Where accounts are kept that may change while the gateway runs, by another process, too. All calls block. */
public interface AccountRepository {
    /**
     * All accounts at one moment.
     *
     * @param revision what {@link #revision} said at that moment
     * @param entries in the order of their names
     */
    record Snapshot(long revision, List<AccountEntry> entries) {
        public Snapshot {
            entries = List.copyOf(entries);
        }
    }

    /** A number that grows with each change. Cheap. */
    long revision();

    /** Reads all accounts. */
    Snapshot read();
}

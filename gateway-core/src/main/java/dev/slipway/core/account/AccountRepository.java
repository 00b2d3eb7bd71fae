package dev.slipway.core.account;

import java.util.List;

/** Stores accounts that may change while the gateway runs, also through other processes. All calls block. */
public interface AccountRepository {
    /**
     * All accounts at one moment.
     *
     * @param revision the {@link #revision} of that moment
     * @param entries ordered by name
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

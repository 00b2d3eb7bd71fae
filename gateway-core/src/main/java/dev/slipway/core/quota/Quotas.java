package dev.slipway.core.quota;

import dev.slipway.core.account.Account;
import dev.slipway.core.store.ObjectKey;
import java.util.Optional;

/** How much accounts may still store. Answers come from memory. Safe for use by several threads. */
public interface Quotas {
    /**
     * What an account's quota leaves.
     *
     * @param bytes that it may store in all; {@link dev.slipway.core.account.AccountLimits#NONE} for any
     * @param freeBytes that it may still store, 0 to {@code bytes}
     * @param files likewise
     * @param freeFiles likewise
     */
    record Room(long bytes, long freeBytes, long files, long freeFiles) {}

    /** Room that is kept for something that is about to be stored. */
    interface Reservation extends AutoCloseable {
        /** Gives the room up, or leaves it to what has been stored. */
        @Override
        void close();
    }

    /** What the quota of an account leaves; empty if it has none. */
    Optional<Room> room(Account account);

    /**
     * Keeps room for an object whose size is known and that the store itself makes.
     *
     * @param key where it will be; what is there now makes room for it
     * @throws QuotaException if there is not enough
     */
    Reservation reserve(Account account, ObjectKey key, long bytes) throws QuotaException;

    /** For gateways whose accounts have no quotas. */
    static Quotas none() {
        return new Quotas() {
            @Override
            public Optional<Room> room(Account account) {
                return Optional.empty();
            }

            @Override
            public Reservation reserve(Account account, ObjectKey key, long bytes) {
                return () -> {};
            }
        };
    }
}

package dev.slipway.core.quota;

import dev.slipway.core.account.Account;
import dev.slipway.core.store.ObjectKey;
import java.util.Optional;

/** How much accounts may still store. Answers come from memory. Thread-safe. */
public interface Quotas {
    /**
     * What an account's quota leaves.
     *
     * @param bytes the bytes that it may store in all; {@link dev.slipway.core.account.AccountLimits#NONE} for any
     *     number
     * @param freeBytes the bytes that it may still store, 0 to {@code bytes}
     * @param files likewise
     * @param freeFiles likewise
     */
    record Room(long bytes, long freeBytes, long files, long freeFiles) {}

    /** Quota reserved for an object that is about to be stored. */
    interface Reservation extends AutoCloseable {
        /** Ends the reservation; if the object was stored, it is now counted instead. */
        @Override
        void close();
    }

    /** Returns what an account's quota leaves; empty if it has none. */
    Optional<Room> room(Account account);

    /**
     * Reserves quota for an object of known size that the store itself creates.
     *
     * @param key the key of the object; an existing object there counts as replaced
     * @throws QuotaException if the account's quota would be exceeded
     */
    Reservation reserve(Account account, ObjectKey key, long bytes) throws QuotaException;

    /** For gateways without quotas. */
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

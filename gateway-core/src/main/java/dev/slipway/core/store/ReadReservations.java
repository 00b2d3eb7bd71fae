package dev.slipway.core.store;

import java.time.Duration;

/** A store whose objects can be read one after another with memory that is reserved once. Thread-safe. */
public interface ReadReservations {
    /**
     * Reserves the memory of one reader.
     *
     * @param account the account that reads
     * @param wait how long to wait for memory; zero to not wait at all
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} if no memory became free in that time
     */
    ReadReservation reserve(String account, Duration wait) throws StoreException;
}

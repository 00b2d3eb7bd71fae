package dev.slipway.core.store;

/**
 * Memory for one reader at a time. So a caller that holds other memory can read many objects without ever waiting for
 * more. Not thread-safe.
 */
public interface ReadReservation extends AutoCloseable {
    /**
     * Reads a version from its beginning. Makes no request before the first read, and never waits for memory.
     *
     * @param version as {@link ObjectStore#head} or {@link ObjectStore#list} returned it
     * @return to be closed before the next call
     * @throws IllegalStateException the last reader is open, or this is closed
     */
    ObjectReader read(ObjectInfo version);

    /** Returns the memory, and closes the reader if one is open. Does not block. */
    @Override
    void close();
}

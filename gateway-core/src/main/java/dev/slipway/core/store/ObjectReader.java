package dev.slipway.core.store;

import java.nio.ByteBuffer;

/**
 * Reads one version of an object from an offset to its end, and reads ahead within a memory budget. If the object is
 * replaced meanwhile, reads fail with {@link dev.slipway.core.Failure#CONFLICT}; versions are never mixed. Not
 * thread-safe, except for {@link #close()}, which also ends a blocked read.
 */
public interface ObjectReader extends AutoCloseable {
    /** The version that is read. */
    ObjectInfo info();

    /** The offset of the next byte, in bytes from the beginning of the object. */
    long position();

    /**
     * Reads at least one byte unless the end is reached. Blocks until bytes arrive.
     *
     * @param target receives the bytes; remains the caller's
     * @return the number of bytes read, or -1 at the end of the object
     */
    int read(ByteBuffer target) throws StoreException;

    /** Cancels the requests in progress and returns the memory. Does not block. */
    @Override
    void close();
}

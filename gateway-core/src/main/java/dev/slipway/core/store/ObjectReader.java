package dev.slipway.core.store;

import java.nio.ByteBuffer;

/**
 * Reads one version of an object from an offset to its end, reading ahead within a memory budget. A version that
 * changes under the reader is {@link dev.slipway.core.Failure#CONFLICT}, never a mixture. Not safe for use by several
 * threads at once, except for {@link #close()}, which also ends a blocked read.
 */
public interface ObjectReader extends AutoCloseable {
    /** The version that is read. */
    ObjectInfo info();

    /** The offset of the next byte, in bytes from the beginning of the object. */
    long position();

    /**
     * Reads at least one byte unless the end is reached. Blocks until bytes are there.
     *
     * @param target receives the bytes; stays the caller's
     * @return the count of bytes, or -1 at the end of the object
     */
    int read(ByteBuffer target) throws StoreException;

    /** Ends the requests under way and returns the memory. Does not block. */
    @Override
    void close();
}

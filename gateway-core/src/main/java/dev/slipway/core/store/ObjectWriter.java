package dev.slipway.core.store;

import java.nio.ByteBuffer;

/**
 * Writes one object from its first byte to its last. Nothing of it can be seen before {@link #complete} has returned.
 * <strong>Closing a writer that was not completed aborts the upload</strong>: there is no way to store a truncated
 * object by accident.
 *
 * <p>One thread writes; {@link #close()} may come from any other thread, and then ends a blocked write with
 * {@link dev.slipway.core.Failure#ABORTED}.
 */
public interface ObjectWriter extends AutoCloseable {
    /**
     * Takes all remaining bytes of a buffer. Blocks while the part memory of this writer is in use, which is how
     * back-pressure reaches the network.
     *
     * @param data copied before this returns; stays the caller's
     */
    void write(ByteBuffer data) throws StoreException;

    /** The bytes taken so far. */
    long size();

    /**
     * Makes the object visible. Blocks until the store has confirmed it.
     *
     * @return the version that was written
     */
    ObjectInfo complete(WriteCondition condition) throws StoreException;

    /** Replaces the attributes as long as nothing was sent to the store. */
    void attributes(ObjectAttributes attributes);

    /**
     * Aborts the upload unless it was completed, and returns all memory once the parts in flight have settled. Blocks
     * for at most the store's request time-out. Never throws; what could not be aborted stays for the sweeper.
     */
    @Override
    void close();
}

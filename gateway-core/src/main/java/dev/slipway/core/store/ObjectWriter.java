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
     * Sends what is buffered of a multipart upload and waits until the store has all of its parts. Nothing is visible
     * yet. An object that fits in one part is left for {@link #complete}.
     */
    void awaitParts() throws StoreException;

    /**
     * Makes the object visible. Blocks until the store has confirmed it.
     *
     * @return the entity tag of the version that was written; empty where the store gave none
     * @throws StoreException {@link dev.slipway.core.Failure#CONFLICT} if the condition did not hold
     */
    String complete(WriteCondition condition) throws StoreException;

    /** Replaces the attributes as long as nothing was sent to the store. */
    void attributes(ObjectAttributes attributes);

    /**
     * Aborts the upload unless it was completed. Does not block and never throws: the abort itself is sent, and the
     * memory returned, once the parts in flight have settled. What could not be aborted stays for the sweeper.
     */
    @Override
    void close();
}

package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes one object from its first byte to its last. Nothing of it can be seen before {@link #complete} has returned.
 * <strong>Closing a writer that was not completed aborts the upload</strong>: there is no way to store a truncated
 * object by accident.
 *
 * <p>One thread writes; {@link #close()} may come from any other thread, and then ends a blocked write with
 * {@link Failure#ABORTED}.
 */
public interface ObjectWriter extends AutoCloseable {
    /**
     * Takes all remaining bytes of a buffer. Blocks while the part memory of this writer is in use, which is how
     * back-pressure reaches the network.
     *
     * @param data copied before this returns; stays the caller's
     */
    void write(ByteBuffer data) throws StoreException;

    /**
     * Takes bytes of the version that is changed, from {@link #size()} up to an offset. The store copies what makes whole
     * parts, in the background; less than that is read, so that this may block as {@link #write} does.
     *
     * @param end from {@link #size()} to the size of the version
     * @throws StoreException {@link Failure#CONFLICT} if that version is not the newest any more. Where the
     *     store copies, this may come with a later call
     */
    void retain(long end) throws StoreException;

    /**
     * Says how many bytes will come in all, so that what is too much is refused before it comes. May be said wrongly.
     *
     * @throws StoreException {@link Failure#QUOTA_EXCEEDED} if there is no room for them
     */
    default void expectSize(long size) throws StoreException {}

    /** The bytes taken so far. */
    long size();

    /**
     * Why this cannot be completed any more, if that is so: a write has failed, or what was sent in the background. The next
     * call would throw it.
     */
    Optional<Failure> failure();

    /**
     * Sends what is buffered of a multipart upload and waits until the store has all of its parts. Nothing is visible
     * yet. An object that fits in one part is left for {@link #complete}.
     */
    void awaitParts() throws StoreException;

    /**
     * Makes the object visible. Blocks until the store has confirmed it. When this throws, nothing but {@link #suspend}
     * and {@link #close} can follow.
     *
     * @return the entity tag of the version that was written; empty where the store gave none
     * @throws StoreException {@link Failure#CONFLICT} if the condition did not hold
     */
    String complete(WriteCondition condition) throws StoreException;

    /** Replaces the attributes as long as nothing was sent to the store. */
    void attributes(ObjectAttributes attributes);

    /**
     * Whether {@link #suspend} keeps anything: whether the upload has an owner who can go on with it. Of those that change
     * a version only the ones that began by keeping all of it, so that what they add is behind its end.
     */
    boolean isResumable();

    /**
     * What {@link #suspend} would keep of what the store has by now, in bytes. Less than was taken: a client that has sent
     * all of a file must not find all of it and believe that it is stored.
     */
    long keptBytes();

    /**
     * Ends the writer, and keeps what the store has so far for the account, if the upload has an owner who can go on with
     * it, and the store has more than the version that is changed. Returns the memory at once and then blocks until the
     * parts in flight have settled. Does nothing after {@link #complete} has succeeded, or after {@link #close}.
     *
     * @param modified the time that was set for the file, or null
     * @throws StoreException {@link Failure#ABORTED} if it was interrupted: the journal then still has the
     *     upload as one that is under way, as after a crash
     */
    void suspend(@Nullable Instant modified) throws StoreException;

    /**
     * Aborts the upload unless it was completed or suspended. Does not block and never throws: the abort itself is sent, and the
     * memory returned, once the parts in flight have settled. What could not be aborted stays for the sweeper.
     */
    @Override
    void close();
}

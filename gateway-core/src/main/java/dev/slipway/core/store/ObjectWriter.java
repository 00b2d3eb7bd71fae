package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes one object from its first byte to its last. Nothing is visible before {@link #complete} has returned.
 * <strong>Closing a writer that was not completed aborts the upload</strong>, so that no truncated object is stored by
 * accident.
 *
 * <p>One thread writes; {@link #close()} may come from any other thread, and then ends a blocked write with {@link
 * Failure#ABORTED}.
 */
public interface ObjectWriter extends AutoCloseable {
    /**
     * Takes all remaining bytes of a buffer. Blocks while this writer's part memory is in use, which passes
     * back-pressure on to the network.
     *
     * @param data copied before this returns; remains the caller's
     */
    void write(ByteBuffer data) throws StoreException;

    /**
     * Retains bytes of the version that is changed, from {@link #size()} up to an offset. The store copies whole parts
     * in the background; the rest is read, so that this may block as {@link #write} does.
     *
     * @param end from {@link #size()} to the size of the version
     * @throws StoreException {@link Failure#CONFLICT} if that version is no longer the newest. If the store copies, a
     *     later call may throw this
     */
    void retain(long end) throws StoreException;

    /**
     * Announces the size of the object, so that an upload beyond the quota fails early. A wrong announcement does no
     * harm.
     *
     * @throws StoreException {@link Failure#QUOTA_EXCEEDED} if there is not enough quota
     */
    default void expectSize(long size) throws StoreException {}

    /** The bytes taken so far. */
    long size();

    /**
     * Why this can no longer be completed, if a write or a request in the background has failed. The next call would
     * throw it.
     */
    Optional<Failure> failure();

    /**
     * Sends the buffered bytes of a multipart upload and waits until the store has all of its parts. Nothing is visible
     * yet. An object that fits in one part is left for {@link #complete}.
     */
    void awaitParts() throws StoreException;

    /**
     * Makes the object visible. Blocks until the store has confirmed it. After this throws, only {@link #suspend} and
     * {@link #close} may be called.
     *
     * @param origin for those who are told of completed uploads; null if nobody is to be told of this one
     * @return the version that was written
     * @throws StoreException {@link Failure#CONFLICT} if the condition did not hold
     */
    StoredVersion complete(WriteCondition condition, @Nullable UploadOrigin origin) throws StoreException;

    /** Makes the object visible; nobody is told. */
    default StoredVersion complete(WriteCondition condition) throws StoreException {
        return complete(condition, null);
    }

    /** Replaces the attributes, if nothing has been sent to the store yet. */
    void attributes(ObjectAttributes attributes);

    /**
     * Whether {@link #suspend} keeps anything: whether the upload has an owner who can resume it. An upload that
     * changes a version is resumable only if it first retained all of it, so that all new bytes follow its end.
     */
    boolean isResumable();

    /**
     * The restart offset if {@link #suspend} were called now, in bytes. Less than the bytes taken: a client that has
     * sent all of a file must not find all of it and believe that it is stored.
     */
    long keptBytes();

    /**
     * Ends the writer and leaves an interrupted upload, if the owner can resume it and the store has more than the
     * version that is changed; otherwise aborts. Returns the memory at once, then blocks until the parts in flight have
     * settled. Does nothing after {@link #complete} has succeeded, or after {@link #close}.
     *
     * @param modified the time that was set for the file, or null
     * @throws StoreException {@link Failure#ABORTED} if the thread was interrupted: the journal then still lists the
     *     upload as in progress, as after a crash
     */
    void suspend(@Nullable Instant modified) throws StoreException;

    /**
     * Aborts the upload unless it was completed or suspended. Does not block and never throws: once the parts in flight
     * have settled, the abort is sent and the memory returned. If the abort fails, the sweeper repeats it.
     */
    @Override
    void close();
}

package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.event.StoredObject;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * A file that is being uploaded. The complete file appears when {@link #commit()} returns; until then the path shows
 * what it showed before. <strong>Closing an upload that was not committed aborts it</strong>, or leaves an interrupted
 * upload if its account can resume it.
 *
 * <p>Writes come from one thread at a time; {@link #close()} may come from any thread and ends a blocked write with
 * {@link dev.slipway.core.Failure#ABORTED}.
 */
public interface FileUpload extends AutoCloseable {
    /**
     * Takes all remaining bytes of a buffer. Blocks while this upload's memory is in use (back-pressure).
     *
     * <p>Offsets are expected in order. Out-of-order blocks are held, up to a few MiB, until the gap before them is
     * filled. Beyond that, and for bytes that were already written, the failure is {@link
     * dev.slipway.core.Failure#UNSUPPORTED}. If this upload changes an existing file, a gap within that file keeps its
     * bytes. If it {@linkplain UploadOptions#holes may have holes}, other gaps become zeroes: at the commit, or when no
     * more blocks can be held.
     *
     * <p>A failure ends the upload as {@link #close} would; later calls fail in the same way.
     *
     * @param offset bytes from the beginning of the file, at least 0
     * @param data copied before this returns; remains the caller's
     */
    void write(long offset, ByteBuffer data) throws VfsException;

    /**
     * Announces the file's size before the first byte is written, so that an upload beyond the account's quota fails at
     * once. The upload is then in the same state as after a failed write. A wrong announcement does no harm.
     *
     * @throws VfsException {@link dev.slipway.core.Failure#QUOTA_EXCEEDED}
     */
    default void expectSize(long size) throws VfsException {}

    /**
     * Makes this upload a copy of a file: of the version that a download of the same account reads, with its
     * attributes. The bytes do not pass through the gateway. The copy is made at the commit; the download may be closed
     * earlier.
     *
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if bytes were already written
     */
    default void copyFrom(FileDownload source) throws VfsException {
        throw new VfsException(Failure.UNSUPPORTED, entry().path(), "This upload cannot become a copy.");
    }

    /**
     * Sets the size of the file that the commit makes. If this upload changes an existing file or may have holes, bytes
     * beyond the size that were not written are removed, and missing bytes become zeroes. Otherwise the size follows from
     * what is written.
     *
     * @param size at least the number of bytes taken so far
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if this would remove written bytes, or the
     *     upload neither changes an existing file nor may have holes; {@link dev.slipway.core.Failure#TOO_LARGE} if it
     *     would add more than 256 MiB of zeroes, unless there may be holes: then the commit fails. The upload
     *     continues in both cases
     */
    default void truncate(long size) throws VfsException {
        if (size != entry().size()) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    entry().path(),
                    "The size of " + entry().path() + " cannot be set to " + size
                            + "; it follows from the uploaded bytes.");
        }
    }

    /**
     * Returns the path; the bytes taken so far without a gap, or the resulting size if this changes an existing file;
     * and the time that was set, otherwise the present time.
     */
    FileEntry entry();

    /**
     * Whether the account has started a newer upload of the path, or deleted the path, since this upload started. A
     * client that then asks for the path does not mean this upload, which it may have abandoned silently. Its commit
     * still counts.
     */
    default boolean isSuperseded() {
        return false;
    }

    /**
     * Whether this upload can no longer become a file, because a write failed or the store refused its bytes. The path
     * then no longer shows this upload; stat shows what its account can resume.
     */
    default boolean hasFailed() {
        return false;
    }

    /** Sets the time of the file that the commit makes. */
    void setModified(Instant modified);

    /** Sets the mode, owner or group of the file that the commit makes, if the account keeps them. */
    void setPosix(PosixAttributes attributes);

    /**
     * Stores the file. To be called only after the protocol confirmed that the client sent all of it. Blocks until the
     * store confirms. If this throws, the upload is over and the path still shows what it showed before. Only after
     * {@link dev.slipway.core.Failure#UNAVAILABLE} may the store have stored the file, because its answer did not
     * arrive. {@link dev.slipway.core.Failure#INTEGRITY} means that bytes were never written; {@link
     * dev.slipway.core.Failure#TOO_LARGE}, that there would be more than 256 MiB of zeroes in holes and the account has no
     * quota that limits them.
     *
     * @return the file's attributes, as stat shows them now
     */
    FileEntry commit() throws VfsException;

    /** The object that the commit has made; empty before that, and if the store made it as a copy. */
    default Optional<StoredObject> stored() {
        return Optional.empty();
    }

    /** Aborts the upload unless it was committed: nothing is left to resume. Otherwise like {@link #close}. */
    void abort();

    /**
     * Ends the upload unless it was committed: the client has left. If its account can resume it, and no write was
     * refused because of its contents, what the store has remains as an interrupted upload; otherwise this aborts.
     * Returns all memory. Does not block and never throws.
     */
    @Override
    void close();
}

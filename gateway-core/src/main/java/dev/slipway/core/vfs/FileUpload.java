package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * A file that is being uploaded. It appears, whole, when {@link #commit()} returns; until then the path shows what it
 * showed before. <strong>Closing an upload that was not committed aborts it</strong>, or suspends it where its account
 * can go on with it.
 *
 * <p>Writes come from one thread at a time; {@link #close()} may come from any thread and ends a blocked write with
 * {@link dev.slipway.core.Failure#ABORTED}.
 */
public interface FileUpload extends AutoCloseable {
    /**
     * Takes all remaining bytes of a buffer. Blocks while this upload's memory is in use: back-pressure.
     *
     * <p>Offsets are expected in order. Blocks that overtook others are kept, up to a few MiB, until the gap before them
     * is filled; beyond that, and for bytes that were written before, the failure is
     * {@link dev.slipway.core.Failure#UNSUPPORTED}. Where this changes a file that is there, a gap within that file keeps
     * what is in it.
     *
     * <p>A failure ends the upload as {@link #close} would; what follows fails in the same way.
     *
     * @param offset bytes from the beginning of the file, at least 0
     * @param data copied before this returns; stays the caller's
     */
    void write(long offset, ByteBuffer data) throws VfsException;

    /**
     * Says how many bytes the file will have, before the first of them is written: what the account has no room for is
     * refused at once. Then the upload is as if a write had failed. A client that announces wrongly does no harm.
     *
     * @throws VfsException {@link dev.slipway.core.Failure#QUOTA_EXCEEDED}
     */
    default void expectSize(long size) throws VfsException {}

    /**
     * Makes this the copy of a file: of the version that a download of the same account's reads, with its attributes. The
     * bytes do not pass through here. The copy is made at the commit; the download may be closed before.
     *
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if bytes were written already
     */
    default void copyFrom(FileDownload source) throws VfsException {
        throw new VfsException(Failure.UNSUPPORTED, entry().path(), "This upload cannot become a copy.");
    }

    /**
     * Sets the size of the file that the commit makes. Where this changes a file that is there, bytes that were not written
     * are cut off, or zeroes added; otherwise the size follows from what is written.
     *
     * @param size at least the count of bytes that were taken
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if this would cut off what was written, or the
     *     upload is not one of a file that is there; {@link dev.slipway.core.Failure#TOO_LARGE} if it would add more than
     *     256 MiB of zeroes. The upload goes on all the same
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
     * The path, the bytes taken so far without a gap (where this changes a file that is there, the size that it would have),
     * and the time that was set or otherwise the present one. */
    FileEntry entry();

    /**
     * Whether the account has begun a newer upload of the path, or deleted the path, since this one began: a client that
     * asks for the path no longer means this upload, which it may have given up without saying so. Its commit still counts.
     */
    default boolean isSuperseded() {
        return false;
    }

    /**
     * Whether this cannot become a file any more, since a write has failed, or the store has refused what was sent to it.
     * The path then no longer means this upload: what its account can go on with is what stat says.
     */
    default boolean hasFailed() {
        return false;
    }

    /** Sets the time of the file that the commit makes. */
    void setModified(Instant modified);

    /**
     * Stores the file. To be called only on the protocol's own word that the client has sent all of it. Blocks until the
     * store has confirmed; when this throws, the upload is over and what the path showed before is still there, except
     * for {@link dev.slipway.core.Failure#UNAVAILABLE}, where the store may have taken it without our hearing of it.
     *
     * @return what stat now says of the file
     */
    FileEntry commit() throws VfsException;

    /** Aborts unless committed: nothing of it is kept, since nobody wants to go on with it. Otherwise as {@link #close}. */
    void abort();

    /**
     * Ends the upload unless it was committed: the client was cut off. If its account can go on with it, and no write was
     * refused for what it was, the store keeps what it has; otherwise this aborts. Returns all memory. Does not block and
     * never throws.
     */
    @Override
    void close();
}

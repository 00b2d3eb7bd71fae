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
     * {@link dev.slipway.core.Failure#UNSUPPORTED}.
     *
     * @param offset bytes from the beginning of the file, at least 0
     * @param data copied before this returns; stays the caller's
     */
    void write(long offset, ByteBuffer data) throws VfsException;

    /**
     * Makes this the copy of a file: of the version that a download of the same account's reads, with its attributes. The
     * bytes do not pass through here. The copy is made at the commit; the download may be closed before.
     *
     * @throws VfsException {@link dev.slipway.core.Failure#UNSUPPORTED} if bytes were written already
     */
    default void copyFrom(FileDownload source) throws VfsException {
        throw new VfsException(Failure.UNSUPPORTED, entry().path(), "This upload cannot become a copy.");
    }

    /** The path, the bytes taken so far without a gap, and the time that was set or otherwise the present one. */
    FileEntry entry();

    /**
     * Whether the account has begun a newer upload of the path, or deleted the path, since this one began: a client that
     * asks for the path no longer means this upload, which it may have given up without saying so. Its commit still counts.
     */
    default boolean isSuperseded() {
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

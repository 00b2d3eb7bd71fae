package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import java.nio.ByteBuffer;

/**
 * Looks at the bytes of one upload while they arrive, and says at the end whether the file may appear. Used by one
 * thread at a time, except for {@link #close}.
 */
public interface UploadInspection extends AutoCloseable {
    /**
     * Takes the next bytes of the file. They come in order, without a gap. Blocks while whoever looks at them does not
     * keep up; never for memory.
     *
     * @param data all of its remaining bytes are taken, before this returns; remains the caller's, and its position
     *     does not change
     * @throws VfsException the upload is refused, or cannot be inspected
     */
    void add(ByteBuffer data) throws VfsException;

    /**
     * Blocks until it is decided whether the file may appear. To be called once, after all bytes, and before the store
     * is asked to complete the object.
     *
     * @throws VfsException {@link dev.slipway.core.Failure#PERMISSION_DENIED} if it is refused for its contents; others
     *     if it could not be inspected. The file must not appear then
     */
    void requireAccepted() throws VfsException;

    /** Ends the inspection; a blocked call then fails. May be called by any thread, and more than once. Does not block. */
    @Override
    void close();
}

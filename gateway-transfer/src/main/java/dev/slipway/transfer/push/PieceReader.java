package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import java.nio.ByteBuffer;

/** Reads a piece of a version. */
interface PieceReader extends AutoCloseable {
    /**
     * Reads at least one byte. Blocks until bytes arrive.
     *
     * @param target receives the bytes; remains the caller's
     * @return the number of bytes read, or -1 after the last one
     */
    int read(ByteBuffer target) throws JobException;

    /** Ends the request under way; also unblocks a read. */
    @Override
    void close();
}

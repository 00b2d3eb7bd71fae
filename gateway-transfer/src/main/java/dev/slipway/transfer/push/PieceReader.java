package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import java.nio.ByteBuffer;

/** Reads a piece of a version. */
interface PieceReader extends AutoCloseable {
    /**
     * Reads at least one byte. Blocks until bytes are there.
     *
     * @param target receives the bytes; stays the caller's
     * @return the count of bytes, or -1 behind the last one
     */
    int read(ByteBuffer target) throws JobException;

    /** Ends the request under way; also unblocks a read. */
    @Override
    void close();
}

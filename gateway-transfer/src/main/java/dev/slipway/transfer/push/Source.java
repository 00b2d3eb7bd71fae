package dev.slipway.transfer.push;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.job.JobException;
import java.util.Map;

/** The source of a push. All calls block; a missing or unreadable source is a permanent failure. */
interface Source {
    /** The version that there is now. */
    SourceVersion current() throws JobException;

    /** A request for a version that a remote can make, with its own {@code Range}; it fails with 412 for any other. */
    PresignedRequest request(SourceVersion version) throws JobException;

    /**
     * Reads a piece of a version.
     *
     * @param offset bytes from the beginning
     * @param end the offset after the last byte of the piece
     */
    PieceReader open(SourceVersion version, long offset, long end) throws JobException;

    /**
     * Whether it can only be read from its beginning, in one piece and by the gateway; known once {@link #current} has been
     * called.
     */
    default boolean isSequential() {
        return false;
    }

    /** The known digests of the whole version; may be empty. */
    Map<DigestAlgorithm, byte[]> digests(SourceVersion version) throws JobException;
}

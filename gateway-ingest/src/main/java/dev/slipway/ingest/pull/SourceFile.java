package dev.slipway.ingest.pull;

import dev.slipway.transfer.remote.RemoteEntry;
import java.time.Instant;

/**
 * A file of the source, as it was when it was looked at.
 *
 * @param path below the source folder, without a leading slash
 * @param size bytes
 * @param modified when it was last changed, in seconds since 1970; {@link #UNKNOWN} if the remote does not tell
 */
record SourceFile(String path, long size, long modified) {
    static final long UNKNOWN = Long.MIN_VALUE;

    static SourceFile of(String path, RemoteEntry entry) {
        Instant modified = entry.modified();
        return new SourceFile(path, entry.size(), modified == null ? UNKNOWN : modified.getEpochSecond());
    }

    /** Whether this is the same version of the file. */
    boolean isSame(long otherSize, long otherModified) {
        return size == otherSize && modified == otherModified;
    }

    /** Whether it has not been changed for so long. A time in the future says nothing. */
    boolean isUnchangedSince(Instant moment) {
        return modified != UNKNOWN && modified <= moment.getEpochSecond();
    }
}

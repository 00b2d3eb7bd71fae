package dev.slipway.ingest.watch;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a watch is doing.
 *
 * @param target the account and folder, or the bucket and prefix, that files are stored in
 * @param mode how files are noticed: by inotify or by polling
 * @param waiting files that are to be looked at, or tried again
 * @param stored files stored since the gateway's start
 * @param storedBytes their sizes
 * @param failing files whose last attempt failed
 * @param overflows how often the kernel has dropped events since the start; each time, a scan followed
 * @param scanned when the last scan of the whole folder ended; null before the first
 * @param files how many files that scan has found
 * @param problem what is wrong with the folder, the store or the target; null if nothing is
 */
public record WatchStatus(
        String name,
        Path folder,
        String target,
        State state,
        WatchMode mode,
        long waiting,
        long stored,
        long storedBytes,
        long failing,
        long overflows,
        @Nullable Instant scanned,
        long files,
        @Nullable String problem) {
    /** What a watch does. */
    public enum State {
        /** It stores files as they come. */
        WATCHING,
        /** Somebody has paused it. Files that come meanwhile are stored later. */
        PAUSED,
        /** Another gateway of the same database has the watch of this name. */
        ELSEWHERE
    }
}

package dev.slipway.ingest.watch;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A scan of a whole folder.
 *
 * @param ended when
 * @param files how many regular files there were
 * @param problem why some of them may be missing, or are noticed by scans only; null if all is well
 */
record Scan(Instant ended, long files, @Nullable String problem) {}

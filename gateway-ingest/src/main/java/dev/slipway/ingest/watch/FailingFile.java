package dev.slipway.ingest.watch;

import java.time.Instant;

/**
 * A file whose last attempt failed. It is tried again.
 *
 * @param path below the folder
 * @param attempts that have failed one after the other
 * @param last when the last one failed
 * @param problem what went wrong
 */
public record FailingFile(String path, int attempts, Instant last, String problem) {}

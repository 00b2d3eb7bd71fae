package dev.slipway.ingest.pull;

import java.time.Instant;

/**
 * A run of a pull.
 *
 * @param job the id of its job
 * @param full whether it compared with the bucket itself
 * @param dryRun whether it only said what it would do
 * @param begun when it began, or was continued last
 * @param report what it has done so far
 */
public record PullHistoryEntry(String job, boolean full, boolean dryRun, Instant begun, PullReport report) {}

package dev.slipway.ingest.retention;

import java.time.Instant;

/**
 * A run of a retention task.
 *
 * @param job the id of its job
 * @param dryRun whether it only says what it would do
 * @param begun when it began
 * @param report what it has done so far
 */
public record RetentionHistoryEntry(String job, boolean dryRun, Instant begun, RetentionReport report) {}

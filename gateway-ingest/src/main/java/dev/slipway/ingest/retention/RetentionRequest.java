package dev.slipway.ingest.retention;

/**
 * What a job of the kind {@code retention} is to do, as the database keeps it.
 *
 * @param task the name of the task
 * @param dryRun whether it only says what it would do
 */
record RetentionRequest(String task, boolean dryRun) {}

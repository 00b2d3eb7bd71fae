package dev.slipway.ingest.pull;

/**
 * What the job of a run is to do.
 *
 * @param pull the name of the pull
 * @param full whether to compare with the bucket itself, instead of with what was delivered
 * @param dryRun whether only to say what would be done
 */
record PullRequest(String pull, boolean full, boolean dryRun) {}

package dev.slipway.ingest.archive;

/**
 * What a job is to do.
 *
 * @param archive the task's name in the settings
 * @param all whether files are put into archives that need not wait for others
 */
record ArchiveRequest(String archive, boolean all) {}

package dev.slipway.transfer.job;

import java.time.Duration;

/** What came of working on a job. */
public sealed interface JobResult {
    /**
     * It is done.
     *
     * @param message what is to be said of it, for people
     */
    record Done(String message) implements JobResult {}

    /**
     * There is not enough room. The job is looked at again after the configured time, and occupies no thread until then.
     *
     * @param message how much there is, and how much is wanted
     */
    record WaitForSpace(String message) implements JobResult {}

    /**
     * Others work on it. The job stays {@link JobState#RUNNING}, is looked at again, and occupies no thread until then.
     *
     * @param after how long from now
     */
    record LookAgain(Duration after) implements JobResult {}
}

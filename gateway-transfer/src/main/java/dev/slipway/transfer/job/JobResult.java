package dev.slipway.transfer.job;

import java.time.Duration;

/** The result of running a job. */
public sealed interface JobResult {
    /**
     * It is done.
     *
     * @param message the result, for people
     */
    record Done(String message) implements JobResult {}

    /**
     * There is not enough space. The job is run again after the configured time, and occupies no thread until then.
     *
     * @param message the available and the required space
     */
    record WaitForSpace(String message) implements JobResult {}

    /**
     * Other jobs do the work. The job stays {@link JobState#RUNNING}, is run again later, and occupies no thread until
     * then.
     *
     * @param after how long from now
     */
    record LookAgain(Duration after) implements JobResult {}
}

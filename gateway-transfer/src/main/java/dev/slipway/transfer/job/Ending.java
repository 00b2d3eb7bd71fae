package dev.slipway.transfer.job;

/** How the work on a job ended. */
sealed interface Ending {
    record Returned(JobResult result) implements Ending {}

    /**
     * It failed.
     *
     * @param retryable whether another attempt may succeed
     */
    record Failed(String message, boolean retryable) implements Ending {}

    /** It was stopped on request, and can be continued at once. */
    record Stopped(String message) implements Ending {}
}

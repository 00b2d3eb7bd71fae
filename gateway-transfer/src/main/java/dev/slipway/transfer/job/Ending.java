package dev.slipway.transfer.job;

/** How the work on a job came to an end. */
sealed interface Ending {
    record Returned(JobResult result) implements Ending {}

    /**
     * It failed.
     *
     * @param retryable whether another attempt may succeed
     */
    record Failed(String message, boolean retryable) implements Ending {}

    /** It ended because it was asked to, and can be gone on with at once. */
    record Stopped(String message) implements Ending {}
}

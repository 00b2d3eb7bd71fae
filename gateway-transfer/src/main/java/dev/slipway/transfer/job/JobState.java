package dev.slipway.transfer.job;

/** Where a job stands. */
public enum JobState {
    /** It waits for its time, for a thread, or for a resource. */
    QUEUED,
    /** It is running, or its parts are. */
    RUNNING,
    /** An attempt has failed; the next one follows after a pause. */
    RETRYING,
    /** There is not enough space at its destination; this is checked repeatedly. */
    WAITING_FOR_SPACE,
    /** It was paused. */
    PAUSED,
    /** It is done. */
    SUCCEEDED,
    /** It failed or was given up. */
    FAILED,
    /** It was cancelled. */
    CANCELLED;

    /** Whether it is final, unless somebody retries it. */
    public boolean isEnd() {
        return switch (this) {
            case QUEUED, RUNNING, RETRYING, WAITING_FOR_SPACE, PAUSED -> false;
            case SUCCEEDED, FAILED, CANCELLED -> true;
        };
    }
}

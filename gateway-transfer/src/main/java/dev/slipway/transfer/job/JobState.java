package dev.slipway.transfer.job;

/** Where a job stands. */
public enum JobState {
    /** Its turn has not come yet, or it is between two attempts. */
    QUEUED,
    /** It is being worked on, or its parts are. */
    RUNNING,
    /** There is not enough room where it goes; that is looked at again and again. */
    WAITING_FOR_SPACE,
    /** Somebody has stopped it for the time being. */
    PAUSED,
    /** It is done. */
    SUCCEEDED,
    /** It was given up, or could not be done. */
    FAILED,
    /** Somebody did not want it any more. */
    CANCELLED;

    /** Whether nothing more happens, unless somebody asks for it. */
    public boolean isEnd() {
        return switch (this) {
            case QUEUED, RUNNING, WAITING_FOR_SPACE, PAUSED -> false;
            case SUCCEEDED, FAILED, CANCELLED -> true;
        };
    }
}

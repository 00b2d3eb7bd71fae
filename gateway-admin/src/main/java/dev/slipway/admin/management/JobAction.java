package dev.slipway.admin.management;

import dev.slipway.transfer.job.Jobs;

/** What can be done with a job. */
public enum JobAction {
    /** Cancels it with its parts, and removes its temporary files from the remote. */
    CANCEL("has already ended"),
    /** Holds it until it is resumed. */
    PAUSE("is already paused or has ended"),
    /** Continues it after a pause. */
    RESUME("is not paused"),
    /** Tries it again now. */
    RETRY("is not failed, cancelled or waiting");

    private final String refusal;

    JobAction(String refusal) {
        this.refusal = refusal;
    }

    /** Returns false if the job's state does not allow it. */
    boolean apply(Jobs jobs, String id) {
        return switch (this) {
            case CANCEL -> jobs.cancel(id);
            case PAUSE -> jobs.pause(id);
            case RESUME -> jobs.resume(id);
            case RETRY -> jobs.retry(id);
        };
    }

    /** Why it cannot be done with a job: {@code is not paused}. */
    public String refusal() {
        return refusal;
    }
}

package dev.slipway.ingest.retention;

/** A retention task has a run already that has not ended. The message is for people. */
public final class RunningRetentionException extends Exception {
    private static final long serialVersionUID = 1L;

    RunningRetentionException(String task, String job) {
        super("retention task " + task + " has a run already that has not ended: job " + job);
    }
}

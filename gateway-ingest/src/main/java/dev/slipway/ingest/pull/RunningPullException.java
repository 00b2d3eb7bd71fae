package dev.slipway.ingest.pull;

/** A pull has a run already that has not ended. The message is for people. */
public final class RunningPullException extends Exception {
    private static final long serialVersionUID = 1L;

    RunningPullException(String pull, String job) {
        super("pull " + pull + " has a run already that has not ended: job " + job);
    }
}

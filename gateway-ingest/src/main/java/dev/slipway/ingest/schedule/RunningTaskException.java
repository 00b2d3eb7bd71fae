package dev.slipway.ingest.schedule;

/** A task has a run already that has not ended. The message is for people. */
public final class RunningTaskException extends Exception {
    private static final long serialVersionUID = 1L;

    RunningTaskException(String noun, String task, String job) {
        super(noun + " " + task + " has a run already that has not ended: job " + job);
    }
}

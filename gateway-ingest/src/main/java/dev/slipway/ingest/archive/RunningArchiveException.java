package dev.slipway.ingest.archive;

/** A task cannot be run, since a run of it has not ended. */
public final class RunningArchiveException extends Exception {
    private static final long serialVersionUID = 1L;

    RunningArchiveException(String task, String job) {
        super("archive task " + task + " is queued or running already, as job " + job);
    }
}

package dev.slipway.transfer.job;

/** The work on a job ends here, and may continue later. */
public final class JobStoppedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** For {@link JobRun}s. */
    public JobStoppedException() {
        super("the work on the job was stopped");
    }
}

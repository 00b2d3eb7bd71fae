package dev.slipway.transfer.job;

/** Runs the jobs of one kind. Its methods are called for several jobs at once. */
public interface JobKind {
    /** Its name in jobs; must never change, since the database contains it. */
    String name();

    /**
     * Runs a job; blocks for as long as that takes. May be called again for the same job after a crash at any point of
     * an earlier call, so it must be idempotent.
     *
     * @throws JobException it failed
     * @throws JobStoppedException as thrown by {@link JobRun#throwIfStopped}: the progress is kept
     */
    JobResult run(JobRun run) throws JobException, JobStoppedException;

    /**
     * Removes a job's leftovers from its destination, according to {@link JobRun#checkpoint}, after it failed for good
     * or was cancelled. Blocks, and is stopped after two minutes. Failures are logged, and retried later if they are
     * temporary; they do not change the outcome of the job. Never called while the job is running.
     */
    void discard(JobRun run) throws JobException, JobStoppedException;

    /**
     * What a retry of a job that has failed, and was discarded, begins with. Does not block.
     *
     * @param checkpoint the last one of the job; may be empty
     * @return the checkpoint of the retry; empty to begin anew
     */
    default String checkpointOfRetry(String checkpoint) {
        return "";
    }
}

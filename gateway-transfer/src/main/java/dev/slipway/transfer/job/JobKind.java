package dev.slipway.transfer.job;

/** What does the jobs of one kind. Its methods are called for several jobs at once. */
public interface JobKind {
    /** What jobs name it by; never changes, since rows of the database have it. */
    String name();

    /**
     * Works on a job; blocks for as long as that takes. May be called again for the same job after a crash at any point of an
     * earlier call: everything it does must come to the same when it is done twice.
     *
     * @throws JobException it could not be done
     * @throws JobStoppedException as {@link JobRun#throwIfStopped} throws it: what was done so far stays, to be gone on with
     */
    JobResult run(JobRun run) throws JobException, JobStoppedException;

    /**
     * Takes away what a job has left where it went, after it failed for good or was cancelled: what {@link JobRun#checkpoint}
     * has of it. Blocks, and is stopped after two minutes. What goes wrong is logged, and tried again later if it is
     * temporary; it does not change what became of the job. Never called while the job is worked on, and before it is again.
     */
    void discard(JobRun run) throws JobException, JobStoppedException;
}

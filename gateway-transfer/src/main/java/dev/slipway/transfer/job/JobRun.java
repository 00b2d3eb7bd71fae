package dev.slipway.transfer.job;

/** A running job, for its {@link JobKind}. Safe for use by several threads. */
public interface JobRun {
    /** The job as it was when the attempt began. */
    Job job();

    /** The last {@link #save}, of this attempt or an earlier one; empty at first. */
    String checkpoint();

    /** Saves a checkpoint for the next attempt. It is durable when this returns. */
    void save(String checkpoint) throws JobException;

    /**
     * Reports progress. Cheap: it is written to the database about once a second.
     *
     * @param phase the current step, in a word or two
     * @param bytesDone bytes that have arrived
     * @param bytesTotal bytes there are in all; -1 if that is not known
     */
    void progress(String phase, long bytesDone, long bytesTotal);

    /** As above, for a batch; see {@link Job}. */
    void progress(String phase, long bytesDone, long bytesTotal, long filesDone, long filesTotal);

    /**
     * Says how the file is sent from now on, for people. Blocks for the database.
     *
     * @param mode {@code direct} or {@code streaming}
     * @param parts of the file that are sent on their own
     */
    void sends(String mode, int parts);

    /** Ends the work if the job was paused or cancelled, or the gateway's drain time is over. */
    void throwIfStopped() throws JobStoppedException;

    /** Registers an action that unblocks the work when it should end. Runs at once if that is already so. */
    void onStop(Runnable action);

    /**
     * Reserves space for this job until its end, unless other jobs have reserved too much on the same remote.
     * Reservations are serialised over all gateways on the database. A job's second reservation replaces its first; a
     * refused one releases it.
     *
     * <p>Bytes reported by {@link #progress} are subtracted from the reservation. The rest stays reserved between two
     * attempts, but not while the job is paused or waits for space.
     *
     * @param place identifies a file system of the remote
     * @param bytes how many this job still needs; at least 0
     * @param available the total for this job and the reservations of others
     * @return whether there is enough space
     */
    boolean reserve(String place, long bytes, long available) throws JobException;

    /**
     * Whether an earlier job has a checkpoint and waits for space on the same remote. A job that finds no space must
     * then remove its own files. Otherwise jobs could wait forever for the space that others hold; this way the
     * earliest one eventually continues.
     */
    boolean isInTheWay() throws JobException;
}

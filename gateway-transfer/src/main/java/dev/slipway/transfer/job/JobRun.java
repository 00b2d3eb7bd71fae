package dev.slipway.transfer.job;

/** A job that is being worked on, for its {@link JobKind}. Safe for use by several threads. */
public interface JobRun {
    /** The job as it was when the work on it began. */
    Job job();

    /** What the last {@link #save} has left, in this attempt or an earlier one; empty at first. */
    String checkpoint();

    /** Keeps what the next attempt has to know. It is in the database when this returns. */
    void save(String checkpoint) throws JobException;

    /**
     * Says how far the work is. Cheap: it is written to the database about once a second.
     *
     * @param phase what is being done, in a word or two
     * @param bytesDone bytes that have arrived
     * @param bytesTotal bytes there are in all; -1 if that is not known
     */
    void progress(String phase, long bytesDone, long bytesTotal);

    /** As above, for a batch; see {@link Job}. */
    void progress(String phase, long bytesDone, long bytesTotal, long filesDone, long filesTotal);

    /** Ends the work if somebody has paused or cancelled the job, or the gateway is shutting down and its time is over. */
    void throwIfStopped() throws JobStoppedException;

    /** Has something done once when the work is to end: what unblocks it. Done at once if that is so already. */
    void onStop(Runnable action);

    /**
     * Reserves room for this job until its end, unless the other jobs have reserved so much on the same remote that too little
     * is left. One after the other for all gateways on the database. A job's second reservation replaces its first; one that
     * is refused ends it.
     *
     * <p>What arrives, by {@link #progress}, is taken off the reservation. What is still missing stays reserved while the job is
     * between two attempts, but not while it is paused or waits for room.
     *
     * @param place tells file systems of a remote apart
     * @param bytes how many this job still needs; at least 0
     * @param available how many there may be in all for this job and what the others have reserved
     * @return whether there is room
     */
    boolean reserve(String place, long bytes, long available) throws JobException;

    /**
     * Whether a job that was asked for before this one has saved something, and waits for room at the same remote. For one that
     * finds no room itself: what it keeps there is to be given up then. Jobs that all keep what they have, each waiting for the
     * room that others keep, would wait for ever; of those that heed this, the one that was asked for first goes on in the end.
     */
    boolean isInTheWay() throws JobException;
}

package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.remote.ExecutionResult;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.ShellWords;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The temporary file of a push: how it is made, preallocated and synced, and removed when it is useless. */
final class TemporaryFile {
    private static final Logger log = LoggerFactory.getLogger(TemporaryFile.class);

    /** Most file systems preallocate at once. */
    private static final Duration PREALLOCATION_LIMIT = Duration.ofMinutes(10);

    private static final int TOOL_OUTPUT_BYTES = 16 << 10;

    private final JobRun run;
    private final Remote remote;
    private final RemoteConnection connection;

    /** @param connection remains the caller's */
    TemporaryFile(JobRun run, Remote remote, RemoteConnection connection) {
        this.run = run;
        this.remote = remote;
        this.connection = connection;
    }

    void create(Checkpoint checkpoint) throws JobException, RemoteException {
        try {
            connection.create(checkpoint.temporary());
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.PERMISSION_DENIED) {
                throw JobException.permanent(
                        remote.name() + ": " + remote.user() + " cannot create a file in the folder "
                                + Destination.parent(checkpoint.target()) + " (" + e.getMessage() + ")",
                        e);
            }
            throw e;
        }
    }

    /**
     * Preallocates the whole file: otherwise parallel writers compete for blocks, and a full disk would be noticed
     * late.
     *
     * @return the checkpoint from here on
     */
    Checkpoint preallocate(Checkpoint checkpoint, TargetSpace space)
            throws JobException, JobStoppedException, RemoteException {
        ExecutionResult result = connection.run(
                "LC_ALL=C fallocate -l " + checkpoint.version().size() + " " + ShellWords.quote(checkpoint.temporary()),
                new byte[0],
                PREALLOCATION_LIMIT,
                TOOL_OUTPUT_BYTES);
        run.throwIfStopped();
        if (result.succeeded()) {
            // The file has what was reserved for it.
            space.release();
            return checkpoint;
        }
        if (result.errors().contains("No space left on device")) {
            beginAnew(checkpoint);
            throw new RemoteException(
                    RemoteFailure.NO_SPACE,
                    remote.name() + ": no space for " + checkpoint.version().size() + " bytes in "
                            + Destination.parent(checkpoint.target()));
        }
        // Not every file system can.
        log.debug(
                "{} is not preallocated: {}",
                checkpoint.temporary(),
                result.errors().strip());
        Checkpoint without = checkpoint.withPreallocated(false);
        run.save(StoredJson.write(without));
        return without;
    }

    /** Has the bytes written to disk. A disk that has failed says so once only. */
    void sync(Checkpoint checkpoint) throws JobException, RemoteException {
        try {
            connection.fsync(checkpoint.temporary());
        } catch (RemoteException e) {
            switch (e.failure()) {
                case UNREACHABLE, TIMEOUT, NO_CHANNEL -> throw e;
                case NO_SPACE -> {
                    beginAnew(checkpoint);
                    throw e;
                }
                // Some file systems cannot sync, and call it an invalid argument.
                case NOT_ACCEPTED -> log.debug("{} cannot be synced", checkpoint.temporary(), e);
                case HOST_KEY, AUTHENTICATION, NOT_FOUND, PERMISSION_DENIED, ALREADY_EXISTS, UNSUPPORTED, FAILED ->
                    throw damaged(checkpoint, "it could not be synced to disk: " + e.getMessage());
            }
        }
    }

    /** The bytes that arrived differ from those that were sent: removes them, and returns the failure. */
    JobException damaged(Checkpoint checkpoint, String what) throws JobException {
        beginAnew(checkpoint);
        return JobException.temporary(remote.name() + ": the file was damaged in transit: " + what);
    }

    /** Removes the file, so that the next attempt starts over. */
    void beginAnew(Checkpoint checkpoint) throws JobException {
        try {
            connection.remove(checkpoint.temporary());
        } catch (RemoteException e) {
            log.warn("{} remains on {}: {}", checkpoint.temporary(), remote.name(), e.getMessage());
        }
        run.save("");
    }
}

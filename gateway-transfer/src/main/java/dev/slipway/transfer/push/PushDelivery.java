package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import java.time.Instant;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last step of a push: the verified temporary file gets its name. Every step may have been performed before. */
final class PushDelivery {
    private static final Logger log = LoggerFactory.getLogger(PushDelivery.class);

    private final JobRun run;
    private final boolean overwrite;
    private final Remote remote;
    private final RemoteConnection connection;
    private final Consumer<SourceVersion> onDelivered;

    /**
     * @param overwrite whether a file that has the name is replaced
     * @param connection remains the caller's
     * @param onDelivered receives delivered files
     */
    PushDelivery(
            JobRun run,
            boolean overwrite,
            Remote remote,
            RemoteConnection connection,
            Consumer<SourceVersion> onDelivered) {
        this.run = run;
        this.overwrite = overwrite;
        this.remote = remote;
        this.connection = connection;
        this.onDelivered = onDelivered;
    }

    /**
     * Gives the verified file its name.
     *
     * @param compared what was compared, for people
     */
    JobResult rename(Checkpoint checkpoint, String compared) throws JobException, JobStoppedException, RemoteException {
        run.throwIfStopped();
        run.progress(
                "renaming", checkpoint.version().size(), checkpoint.version().size());
        if (!checkpoint.renaming()) {
            run.save(StoredJson.write(checkpoint.withRenaming(true)));
        }
        try {
            name(checkpoint);
        } catch (RemoteException e) {
            if (!connection.isOpen() || e.failure() == RemoteFailure.TIMEOUT) {
                throw e;
            }
            // An earlier attempt may have asked for it, and a slow remote may have done it only now.
            if (checkpoint.renaming() && connection.stat(checkpoint.temporary()).isEmpty()) {
                return deliveredBefore(checkpoint);
            }
            // The rename was refused: if the temporary file disappears from now on, that does not prove a rename.
            connection.putBack(checkpoint.aside(), checkpoint.target());
            run.save(StoredJson.write(checkpoint.withRenaming(false)));
            throw e;
        }
        return delivered(checkpoint, compared);
    }

    private void name(Checkpoint checkpoint) throws RemoteException {
        if (!overwrite) {
            connection.rename(checkpoint.temporary(), checkpoint.target());
        } else if (!connection.replace(checkpoint.temporary(), checkpoint.target(), checkpoint.aside())) {
            log.warn("The replaced file remains on {} as {}", remote.name(), checkpoint.aside());
        }
    }

    /** Completes an interrupted rename. */
    private void removeReplaced(Checkpoint checkpoint) {
        try {
            connection.remove(checkpoint.aside());
        } catch (RemoteException e) {
            log.warn("{} remains on {}: {}", checkpoint.aside(), remote.name(), e.getMessage());
        }
    }

    /**
     * The file had its final name before the work was interrupted, since nobody else removes a temporary file that is
     * named after the job. Its receiver may have moved it since, and it must not be delivered a second time.
     */
    JobResult deliveredBefore(Checkpoint checkpoint) throws JobException, RemoteException {
        String folder = Destination.parent(checkpoint.target());
        if (connection.stat(folder).isEmpty()) {
            throw JobException.temporary(
                    remote.name() + ": " + folder + " is missing, so it is unknown whether the file was delivered");
        }
        boolean there;
        try {
            there = connection
                    .stat(checkpoint.target())
                    .filter(file -> !file.folder()
                            && file.size() == checkpoint.version().size())
                    .isPresent();
        } catch (RemoteException e) {
            if (e.failure().isTemporary()) {
                throw e;
            }
            there = false;
        }
        if (there) {
            removeReplaced(checkpoint);
            return delivered(checkpoint, "");
        }
        // The replaced file stays aside: it is unknown which file was moved on.
        return ended(checkpoint, ", moved on before the job continued");
    }

    /** Nothing that goes wrong from here on takes the file back. */
    private JobResult delivered(Checkpoint checkpoint, String compared) {
        try {
            connection.setModified(checkpoint.target(), Instant.now());
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.NOT_FOUND) {
                log.debug("{} was moved away from {} at once", checkpoint.target(), remote.name());
            } else {
                log.warn("The time of {} was not set on {}: {}", checkpoint.target(), remote.name(), e.getMessage());
            }
        }
        return ended(checkpoint, compared);
    }

    private JobResult ended(Checkpoint checkpoint, String remark) {
        onDelivered.accept(checkpoint.version());
        long size = checkpoint.version().size();
        run.progress("done", size, size);
        return new JobResult.Done(checkpoint.target() + ", " + size + " bytes" + remark);
    }

    /** Removes the leftovers of an earlier attempt. */
    static void discard(JobRun run, RemoteConnection connection) throws RemoteException {
        if (!run.checkpoint().isEmpty()) {
            Checkpoint checkpoint = StoredJson.read(run.checkpoint(), Checkpoint.class);
            if (checkpoint.renaming()) {
                if (connection.stat(checkpoint.temporary()).isPresent()) {
                    // First: without the temporary file, it would seem that the new one has got the name.
                    connection.putBack(checkpoint.aside(), checkpoint.target());
                } else if (connection.stat(checkpoint.target()).isPresent()) {
                    connection.remove(checkpoint.aside());
                }
            }
            connection.remove(checkpoint.temporary());
        }
    }
}

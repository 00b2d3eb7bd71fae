package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.RemoteSpace;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** The space that a push needs on its remote. Measured only if the remote must keep some of it free. */
final class TargetSpace {
    private final JobRun run;
    private final Remote remote;
    private final RemoteConnection connection;
    private final OptionalInt freeSpacePercentage;

    /** @param connection remains the caller's */
    TargetSpace(JobRun run, Remote remote, RemoteConnection connection, PushSettings settings) {
        this.run = run;
        this.remote = remote;
        this.connection = connection;
        this.freeSpacePercentage = remote.freeSpacePercentage().isPresent()
                ? remote.freeSpacePercentage()
                : settings.freeSpacePercentage();
    }

    /**
     * Reserves space for the missing bytes.
     *
     * @return why there is not enough space
     */
    Optional<String> lack(Checkpoint checkpoint) throws JobException, RemoteException {
        if (freeSpacePercentage.isEmpty()) {
            return Optional.empty();
        }
        long missing = checkpoint.missing();
        if (missing == 0) {
            // The space that it already uses is no reason to wait, however full the disk is.
            release();
            return Optional.empty();
        }
        String folder = Destination.parent(checkpoint.target());
        int threshold = freeSpacePercentage.getAsInt();
        RemoteSpace space;
        try {
            space = connection.space(remote.fileSystem().isEmpty() ? folder : remote.fileSystem());
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.UNSUPPORTED) {
                throw JobException.permanent(
                        e.getMessage() + "; it is only measured if this remote has a free space percentage", e);
            }
            throw e;
        }
        // The free space after the file must exceed this many bytes.
        long kept = (long) Math.floor(space.total() / 100.0 * threshold);
        long usable = space.available() - kept - 1;
        if (usable >= missing && run.reserve(remote.fileSystem(), missing, usable)) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "%s: %,d of %,d bytes are free (%.1f%%), according to %s; after a file of %,d bytes %d%% must stay"
                        + " free, not counting the reservations of other jobs",
                remote.name(),
                space.available(),
                space.total(),
                space.total() == 0 ? 0.0 : 100.0 * space.available() / space.total(),
                space.source(),
                checkpoint.version().size(),
                threshold));
    }

    /** Ends the reservation: the file occupies its space. */
    void release() throws JobException {
        if (freeSpacePercentage.isPresent()) {
            run.reserve(remote.fileSystem(), 0, Long.MAX_VALUE);
        }
    }
}

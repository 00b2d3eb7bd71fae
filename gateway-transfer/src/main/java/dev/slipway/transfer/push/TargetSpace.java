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

/**
 * The space that a push needs on its remote: that of its file, and what must stay free. If the remote cannot measure its
 * space, only a percentage that must stay free is a reason to fail.
 */
final class TargetSpace {
    /** What stays free without a percentage: one percent, but no more than this. */
    private static final long LARGEST_MARGIN = 256L << 20;

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
     * @throws JobException permanent: the file would not even fit into an empty file system
     */
    Optional<String> lack(Checkpoint checkpoint) throws JobException, RemoteException {
        long missing = checkpoint.missing();
        if (missing == 0) {
            // The space that it already uses is no reason to wait, however full the disk is.
            release();
            return Optional.empty();
        }
        String folder = Destination.parent(checkpoint.target());
        RemoteSpace space;
        try {
            space = connection.space(remote.fileSystem().isEmpty() ? folder : remote.fileSystem());
        } catch (RemoteException e) {
            if (e.failure() != RemoteFailure.UNSUPPORTED) {
                throw e;
            }
            if (freeSpacePercentage.isEmpty()) {
                return Optional.empty();
            }
            throw JobException.permanent(
                    e.getMessage() + "; this remote has a free space percentage, for which it must be", e);
        }
        if (space.total() == 0 && freeSpacePercentage.isEmpty()) {
            // The file system does not say how large it is, so its free space says nothing either.
            release();
            return Optional.empty();
        }
        long size = checkpoint.version().size();
        // The free space after the file must exceed this many bytes.
        long kept = freeSpacePercentage.isPresent()
                ? (long) Math.floor(space.total() / 100.0 * freeSpacePercentage.getAsInt())
                : Math.min(space.total() / 100, LARGEST_MARGIN);
        String rule = String.format(
                Locale.ROOT,
                "after a file of %,d bytes %s must stay free",
                size,
                freeSpacePercentage.isPresent()
                        ? freeSpacePercentage.getAsInt() + "%"
                        : String.format(Locale.ROOT, "%,d bytes", kept));
        if (space.total() > 0 && size > space.total() - kept) {
            throw JobException.permanent(String.format(
                    Locale.ROOT,
                    "%s: the file can never fit: the file system of %s has %,d bytes in all, and %s",
                    remote.name(),
                    space.measured(),
                    space.total(),
                    rule));
        }
        long usable = space.available() - kept - 1;
        if (usable >= missing && run.reserve(place(space), missing, usable)) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "%s: %,d of %,d bytes are free (%.1f%%), according to %s; %s, not counting the reservations of other"
                        + " jobs",
                remote.name(),
                space.available(),
                space.total(),
                space.total() == 0 ? 0.0 : 100.0 * space.available() / space.total(),
                space.source(),
                rule));
    }

    /**
     * Which reservations count together. A percentage is meant for the file system that is named, or for all of a remote.
     * Otherwise file systems are told apart by their size, so that a full one is no reason to wait for another.
     */
    private String place(RemoteSpace space) {
        return freeSpacePercentage.isPresent() || !remote.fileSystem().isEmpty()
                ? remote.fileSystem()
                : "of " + space.total() + " bytes";
    }

    /** Ends the reservation: the file occupies its space. */
    void release() throws JobException {
        run.reserve(remote.fileSystem(), 0, Long.MAX_VALUE);
    }
}

package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFile;
import java.util.Optional;

/** Where a push goes, and in which pieces: the first checkpoint of a job. */
final class PushPlan {
    private final JobRun run;
    private final PushRequest request;
    private final Remote remote;
    private final RemoteConnection connection;
    private final AllowedFolders allowed;
    private final long pieceBytes;

    /** @param connection remains the caller's */
    PushPlan(
            JobRun run,
            PushRequest request,
            Remote remote,
            RemoteConnection connection,
            AllowedFolders allowed,
            long pieceBytes) {
        this.run = run;
        this.request = request;
        this.remote = remote;
        this.connection = connection;
        this.allowed = allowed;
        this.pieceBytes = pieceBytes;
    }

    /**
     * Finds out where the file goes, creates missing folders if that is wanted, and cuts the file into pieces.
     *
     * @param sequential see {@link Source#isSequential}
     */
    Checkpoint plan(SourceVersion version, boolean sequential) throws JobException, RemoteException {
        String path = request.path();
        String target = plain(path.endsWith("/") ? Destination.in(path, request.name()) : path);
        boolean mayBeFolder = !request.exact() && !path.endsWith("/");
        if (mayBeFolder && connection.stat(target).filter(RemoteFile::folder).isPresent()) {
            target = plain(Destination.in(target, request.name()));
        }
        allowed.requireFile(target);
        String folder = Destination.parent(target);
        Optional<RemoteFile> present = connection.stat(target);
        if (present.isPresent() && present.get().folder()) {
            throw JobException.permanent(remote.name() + ": " + target + " is a folder");
        }
        if (present.isPresent() && !request.overwrite()) {
            throw JobException.permanent(remote.name() + ": " + target
                    + " already exists, and the order does not allow replacing it (overwrite)");
        }
        Optional<RemoteFile> parent = connection.stat(folder);
        if (parent.isPresent() && !parent.get().folder()) {
            throw JobException.permanent(remote.name() + ": " + folder + " is a file, not a folder");
        }
        if (parent.isEmpty()) {
            if (!request.makeFolders()) {
                throw JobException.permanent(remote.name() + ": there is no folder " + folder
                        + ", and the order does not allow creating it (make-folders)");
            }
            connection.makeFolders(folder);
            // Somebody else may have created them in a different way at the same time.
            allowed.require(folder);
        }
        return new Checkpoint(
                version,
                target,
                Destination.in(folder, ".slipway-" + run.job().id() + Checkpoint.PART),
                Pieces.of(
                        version.size(), sequential || version.etag().isEmpty() ? 1 : remote.maxChannels(), pieceBytes),
                false,
                false);
    }

    private String plain(String target) throws JobException {
        if (!Destination.isPlain(target)) {
            throw JobException.permanent("the key " + run.job().wanted().source()
                    + " cannot be a file name: it has an empty segment, '.', '..' or a NUL");
        }
        return target;
    }
}

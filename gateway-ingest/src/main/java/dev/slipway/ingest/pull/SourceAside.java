package dev.slipway.ingest.pull;

import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Moves files of the source aside that were delivered. */
final class SourceAside {
    private static final DateTimeFormatter SUFFIX =
            DateTimeFormatter.ofPattern("'.'yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    private SourceAside() {}

    /**
     * Renames a file into a folder, below which it keeps its path. If there is one of that name already, the time is
     * added to the name: neither is lost.
     *
     * @param relative the path below the source folder
     */
    static void move(RemoteConnection connection, String path, String folder, String relative, Clock clock)
            throws RemoteException {
        String target = (folder.endsWith("/") ? folder : folder + "/") + relative;
        connection.makeFolders(target.substring(0, Math.max(1, target.lastIndexOf('/'))));
        try {
            connection.rename(path, target);
        } catch (RemoteException e) {
            if (e.failure() != RemoteFailure.ALREADY_EXISTS) {
                throw e;
            }
            connection.rename(path, target + SUFFIX.format(clock.instant()));
        }
    }
}

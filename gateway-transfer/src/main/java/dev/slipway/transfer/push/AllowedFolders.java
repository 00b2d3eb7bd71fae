package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.RemoteRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The folders of a remote that may be written to. Links are followed on both sides: one that leads out of a folder does
 * not allow writing elsewhere, and a folder that is itself a link stands for its target. This does not stop somebody
 * who changes folders on the remote at the same moment: SFTP cannot check and write in one step.
 */
final class AllowedFolders {
    private final Remote remote;
    private final RemoteConnection connection;

    AllowedFolders(Remote remote, RemoteConnection connection) {
        this.remote = remote;
        this.connection = connection;
    }

    /**
     * Refuses a file that may not be written, by its path or by where its folder leads.
     *
     * @param target absolute
     */
    void requireFile(String target) throws JobException, RemoteException {
        if (!RemoteRules.allows(remote, target)) {
            throw JobException.permanent(remote.name() + ": nothing may be written to " + target + ", only into "
                    + String.join(", ", remote.folders()));
        }
        Optional<String> dotFile = PushRights.problem(remote, target);
        if (dotFile.isPresent()) {
            throw JobException.permanent(dotFile.get());
        }
        require(Destination.parent(target));
    }

    /**
     * Refuses a folder outside the allowed ones.
     *
     * @param folder absolute; may not be there yet
     */
    void require(String folder) throws JobException, RemoteException {
        if (remote.folders().isEmpty()) {
            if (!remote.dotFiles()) {
                requirePlain(folder, real(folder), "");
            }
            return;
        }
        String real = real(folder);
        List<String> places = new ArrayList<>();
        for (String allowed : remote.folders()) {
            String place;
            try {
                place = real(allowed);
            } catch (RemoteException e) {
                if (e.failure() != RemoteFailure.PERMISSION_DENIED) {
                    throw e;
                }
                // Another one may do.
                places.add(allowed);
                continue;
            }
            if ((real + "/").startsWith(place + "/")) {
                requirePlain(folder, real, place);
                return;
            }
            places.add(shown(place));
        }
        throw JobException.permanent(remote.name() + ": nothing may be written to " + folder + ", which leads to "
                + shown(real) + ", only into " + String.join(", ", places));
    }

    private void requirePlain(String folder, String real, String place) throws JobException {
        Optional<String> part =
                remote.dotFiles() ? Optional.empty() : RemoteRules.dotFile(real.substring(place.length()));
        if (part.isPresent()) {
            throw JobException.permanent(PushRights.dotFile(remote, folder + " (" + shown(real) + ")", part.get()));
        }
    }

    /** The real path of a folder, without a slash at its end. Missing folders count as plain folders, not as links. */
    private String real(String folder) throws RemoteException {
        String path = withoutSlash(folder);
        String there = path;
        while (!there.isEmpty() && connection.stat(there).isEmpty()) {
            there = there.substring(0, there.lastIndexOf('/'));
        }
        return withoutSlash(connection.realPath(there.isEmpty() ? "/" : there)) + path.substring(there.length());
    }

    private static String shown(String place) {
        return place.isEmpty() ? "/" : place;
    }

    private static String withoutSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}

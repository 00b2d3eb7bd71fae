package dev.slipway.transfer.remote;

import java.io.IOException;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatExtensionInfo;

/** Says why a remote did not change something. OpenSSH reports a full and a read-only file system as "Failure" alone. */
final class WriteFailures {
    private final RemoteLink link;
    private final RemoteLookup lookup;
    private final StatVfs statVfs;

    WriteFailures(RemoteLink link, RemoteLookup lookup, StatVfs statVfs) {
        this.link = link;
        this.lookup = lookup;
        this.statVfs = statVfs;
    }

    /** The failure of a change that needs space. Asks the remote if the answer does not say enough. */
    RemoteException of(String doing, String path, IOException cause) {
        return explained(doing, path, cause, true);
    }

    /** The failure of a change that needs no space. */
    RemoteException ofRemoval(String doing, String path, IOException cause) {
        return explained(doing, path, cause, false);
    }

    /** Whether the server has said no more than that it failed. */
    boolean isVague(IOException e) {
        return link.kind(e) == RemoteFailure.FAILED;
    }

    private RemoteException explained(String doing, String path, IOException cause, boolean needsSpace) {
        if (!isVague(cause)) {
            return link.failure(doing, cause);
        }
        try {
            if (statVfs.isOffered()) {
                OpenSSHStatExtensionInfo info =
                        statVfs.of(lookup.stat(path).isPresent() ? path : RemoteLookup.parent(path));
                if (StatVfs.isReadOnly(info)) {
                    return new RemoteException(
                            RemoteFailure.PERMISSION_DENIED,
                            link.name() + ": cannot " + doing + ": the file system is read-only",
                            cause);
                }
                if (needsSpace && StatVfs.isFull(info)) {
                    return new RemoteException(
                            RemoteFailure.NO_SPACE, link.name() + ": cannot " + doing + ": no space left", cause);
                }
            }
        } catch (IOException | RemoteException e) {
            cause.addSuppressed(e);
        }
        return link.failure(doing, cause);
    }
}

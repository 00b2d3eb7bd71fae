package dev.slipway.transfer.remote;

import java.io.IOException;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.common.SftpException;

/** Renames files of a remote, also in place of existing ones. */
final class RemoteRenames {
    private final RemoteLink link;
    private final SftpChannels channels;
    private final RemoteLookup lookup;
    private final RemoteFiles files;
    private final WriteFailures failures;

    RemoteRenames(
            RemoteLink link, SftpChannels channels, RemoteLookup lookup, RemoteFiles files, WriteFailures failures) {
        this.link = link;
        this.channels = channels;
        this.lookup = lookup;
        this.files = files;
        this.failures = failures;
    }

    /** See {@link RemoteConnection#rename}. */
    void rename(String from, String to) throws RemoteException {
        String doing = "rename " + from + " to " + to;
        try {
            if (lookup.stat(to).isPresent()) {
                throw exists(doing);
            }
            channels.shared().rename(from, to);
        } catch (IOException e) {
            // OpenSSH's server has no word for it.
            if (failures.isVague(e)
                    && lookup.stat(from).isPresent()
                    && lookup.stat(to).isPresent()) {
                throw exists(doing);
            }
            throw failures.of(doing, to, e);
        }
    }

    /** See {@link RemoteConnection#replace}. */
    boolean replace(String from, String to, String aside) throws RemoteException {
        String doing = "rename " + from + " to " + to;
        SftpChannel channel = channels.shared();
        try {
            OpenSSHPosixRenameExtension extension = channel.getExtension(OpenSSHPosixRenameExtension.class);
            if (extension != null && extension.isSupported()) {
                extension.posixRename(from, to);
                return true;
            }
            // If there is nothing to rename, the existing file must not be moved aside.
            if (lookup.stat(from).isEmpty()) {
                throw new RemoteException(
                        RemoteFailure.NOT_FOUND, link.name() + ": cannot " + doing + ": no such file");
            }
            try {
                channel.rename(from, to);
            } catch (SftpException e) {
                if (link.kind(e) == RemoteFailure.NOT_FOUND || !lookup.exists(to)) {
                    throw e;
                }
                replaceInSteps(channel, from, to, aside);
            }
        } catch (IOException e) {
            throw failures.of(doing, to, e);
        }
        try {
            files.remove(aside);
            return true;
        } catch (RemoteException _) {
            return false;
        }
    }

    private void replaceInSteps(SftpChannel channel, String from, String to, String aside)
            throws IOException, RemoteException {
        // A file that an earlier run has moved aside was replaced since, by whatever has the name now.
        if (channel.lstat(to).isDirectory()) {
            throw exists("rename " + from + " to " + to);
        }
        files.remove(aside);
        channel.rename(to, aside);
        try {
            channel.rename(from, to);
        } catch (IOException e) {
            try {
                putBack(aside, to);
            } catch (RemoteException failure) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    /** See {@link RemoteConnection#putBack}. */
    void putBack(String aside, String to) throws RemoteException {
        try {
            if (!lookup.exists(aside)) {
                return;
            }
            if (lookup.exists(to)) {
                files.remove(aside);
            } else {
                channels.shared().rename(aside, to);
            }
        } catch (IOException e) {
            throw failures.of("rename " + aside + " to " + to, to, e);
        }
    }

    private RemoteException exists(String doing) {
        return new RemoteException(
                RemoteFailure.ALREADY_EXISTS, link.name() + ": cannot " + doing + ": the file already exists");
    }
}

package dev.slipway.transfer.remote;

import java.io.IOException;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatExtensionInfo;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatPathExtension;

/** Asks a remote for the state of a file system: {@code statvfs@openssh.com}. */
final class StatVfs {
    static final String NAME = "statvfs@openssh.com";

    private final SftpChannels channels;

    StatVfs(SftpChannels channels) {
        this.channels = channels;
    }

    /** Whether the remote has this extension. */
    boolean isOffered() throws RemoteException {
        return channels.shared().getServerExtensions().containsKey(NAME);
    }

    OpenSSHStatExtensionInfo of(String path) throws IOException, RemoteException {
        OpenSSHStatPathExtension extension = channels.shared().getExtension(OpenSSHStatPathExtension.class);
        if (extension == null) {
            throw new IOException("no statvfs");
        }
        return extension.stat(path);
    }

    /** Some file systems without a limit report numbers that are too large. */
    static long bytes(long blocks, long blockSize) {
        long high = Math.unsignedMultiplyHigh(blocks, blockSize);
        long low = blocks * blockSize;
        return high != 0 || low < 0 ? Long.MAX_VALUE : low;
    }

    static boolean isReadOnly(OpenSSHStatExtensionInfo info) {
        return (info.f_flag & OpenSSHStatExtensionInfo.SSH_FXE_STATVFS_ST_RDONLY) != 0;
    }

    /** Whether there is no space for one more request, or for one more file. */
    static boolean isFull(OpenSSHStatExtensionInfo info) {
        return bytes(info.f_bavail, info.f_frsize) < SftpChannels.LARGEST_WRITE
                || (info.f_favail == 0 && info.f_files > 0);
    }
}

package dev.slipway.transfer.remote;

import java.io.IOException;
import java.util.EnumSet;
import org.apache.sshd.sftp.client.SftpClient;

/**
 * An SFTP channel that reads files, one at a time: opening a channel takes several round trips, opening a file on it only
 * one. Not safe for use by several threads.
 */
public final class RemoteReadChannel implements AutoCloseable {
    private final RemoteLink link;
    private final SftpChannels channels;
    private final SftpChannel channel;

    /** @param channel returned to {@code channels} in the end */
    RemoteReadChannel(RemoteLink link, SftpChannels channels, SftpChannel channel) {
        this.link = link;
        this.channels = channels;
        this.channel = channel;
    }

    /**
     * Opens a file.
     *
     * @return to be closed by the caller, before the next file is opened
     * @throws RemoteException NOT_FOUND
     */
    public RemoteFileReader open(String path) throws RemoteException {
        try {
            SftpClient.CloseableHandle handle = channel.open(path, EnumSet.of(SftpClient.OpenMode.Read));
            return new RemoteFileReader(link, channel, handle, path, () -> close(handle));
        } catch (IOException e) {
            throw link.failure("read " + path, e);
        }
    }

    /** Closes a file that was only read. */
    static void close(SftpClient.CloseableHandle handle) {
        try {
            handle.close();
        } catch (IOException _) {
            // Nothing can go wrong with a file that was only read; the server closes it with the channel.
        }
    }

    /** Closes the channel. */
    @Override
    public void close() {
        channels.done(channel);
    }
}

package dev.slipway.transfer.remote;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.sftp.client.SftpClient;

/**
 * Walks a folder of a remote, one answer of the server after the other: memory use is that of one answer, about a hundred
 * names of OpenSSH's server. Links are not followed. The server holds the folder open until {@link #close}. Not safe for
 * use by several threads.
 */
public final class RemoteListing implements AutoCloseable {
    private final RemoteLink link;
    private final SftpChannel channel;
    private final SftpClient.CloseableHandle handle;
    private final String folder;

    RemoteListing(RemoteLink link, SftpChannel channel, SftpClient.CloseableHandle handle, String folder) {
        this.link = link;
        this.channel = channel;
        this.handle = handle;
        this.folder = folder;
    }

    /**
     * The next files and folders, in no order, without {@code .} and {@code ..}. Blocks for the remote's answers.
     *
     * @return empty at the end
     */
    public List<RemoteEntry> next() throws RemoteException {
        try {
            List<RemoteEntry> entries = new ArrayList<>();
            List<SftpClient.DirEntry> answer;
            do {
                answer = channel.readDir(handle);
                if (answer == null) {
                    return List.of();
                }
                for (SftpClient.DirEntry entry : answer) {
                    String name = entry.getFilename();
                    if (!name.equals(".") && !name.equals("..")) {
                        entries.add(RemoteEntry.of(name, entry.getAttributes()));
                    }
                }
            } while (entries.isEmpty());
            return entries;
        } catch (IOException e) {
            throw link.failure("list " + folder, e);
        }
    }

    /** Ends the listing. */
    @Override
    public void close() {
        try {
            handle.close();
        } catch (IOException _) {
            // The server closes it with the channel.
        }
    }
}

package dev.slipway.transfer.remote;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHFsyncExtension;

/** Creates, opens and removes files and folders of a remote. */
final class RemoteFiles {
    private final RemoteLink link;
    private final SftpChannels channels;
    private final RemoteLookup lookup;
    private final WriteFailures failures;

    RemoteFiles(RemoteLink link, SftpChannels channels, RemoteLookup lookup, WriteFailures failures) {
        this.link = link;
        this.channels = channels;
        this.lookup = lookup;
        this.failures = failures;
    }

    /** See {@link RemoteConnection#makeFolders}. */
    void makeFolders(String path) throws RemoteException {
        List<String> missing = new ArrayList<>();
        String folder = path;
        Optional<RemoteFile> there = lookup.stat(folder);
        while (there.isEmpty()) {
            missing.addFirst(folder);
            folder = RemoteLookup.parent(folder);
            there = lookup.stat(folder);
        }
        if (!there.get().folder()) {
            throw new RemoteException(
                    RemoteFailure.ALREADY_EXISTS, link.name() + ": " + folder + " is a file, not a folder");
        }
        for (String next : missing) {
            try {
                channels.shared().mkdir(next);
            } catch (IOException e) {
                // Another job may have been quicker.
                if (!lookup.stat(next).map(RemoteFile::folder).orElse(false)) {
                    throw failures.of("create the folder " + next, next, e);
                }
            }
        }
    }

    /** See {@link RemoteConnection#create}. */
    void create(String path) throws RemoteException {
        SftpChannel channel = channels.shared();
        try {
            channel.close(channel.open(
                    path,
                    EnumSet.of(SftpClient.OpenMode.Write, SftpClient.OpenMode.Create, SftpClient.OpenMode.Truncate)));
        } catch (IOException e) {
            throw failures.of("write to " + path, path, e);
        }
    }

    /** See {@link RemoteConnection#openForWriting}. */
    RemoteFileWriter openForWriting(String path, boolean truncate) throws RemoteException {
        Set<SftpClient.OpenMode> modes = EnumSet.of(SftpClient.OpenMode.Write, SftpClient.OpenMode.Create);
        if (truncate) {
            modes.add(SftpClient.OpenMode.Truncate);
        }
        int largest = channels.largestWrite();
        SftpChannel channel = channels.forFile();
        boolean opened = false;
        try {
            RemoteFileWriter writer =
                    new RemoteFileWriter(failures, channels, channel, channel.open(path, modes), path, largest);
            opened = true;
            return writer;
        } catch (IOException e) {
            throw failures.of("write to " + path, path, e);
        } finally {
            if (!opened) {
                channels.done(channel);
            }
        }
    }

    /** See {@link RemoteConnection#openForReading}. */
    RemoteFileReader openForReading(String path) throws RemoteException {
        SftpChannel channel = channels.forFile();
        boolean opened = false;
        try {
            SftpClient.CloseableHandle handle = channel.open(path, EnumSet.of(SftpClient.OpenMode.Read));
            RemoteFileReader reader = new RemoteFileReader(link, channel, handle, path, () -> {
                RemoteReadChannel.close(handle);
                channels.done(channel);
            });
            opened = true;
            return reader;
        } catch (IOException e) {
            throw link.failure("read " + path, e);
        } finally {
            if (!opened) {
                channels.done(channel);
            }
        }
    }

    /** See {@link RemoteConnection#setModified}. */
    void setModified(String path, Instant time) throws RemoteException {
        try {
            FileTime value = FileTime.from(time);
            // The protocol has no way to set the one without the other.
            channels.shared()
                    .setStat(path, new SftpClient.Attributes().modifyTime(value).accessTime(value));
        } catch (IOException e) {
            throw failures.of("set the time of " + path, path, e);
        }
    }

    /** See {@link RemoteConnection#fsync}. */
    boolean fsync(String path) throws RemoteException {
        SftpChannel channel = channels.shared();
        OpenSSHFsyncExtension extension = channel.getExtension(OpenSSHFsyncExtension.class);
        if (extension == null || !extension.isSupported()) {
            return false;
        }
        try (SftpClient.CloseableHandle handle = channel.open(path, EnumSet.of(SftpClient.OpenMode.Write))) {
            extension.fsync(handle);
            return true;
        } catch (IOException e) {
            throw failures.of("sync " + path, path, e);
        }
    }

    /** See {@link RemoteConnection#remove}. */
    boolean remove(String path) throws RemoteException {
        try {
            channels.shared().remove(path);
            return true;
        } catch (IOException e) {
            // A read-only file system also reports that for missing files.
            if (link.kind(e) == RemoteFailure.NOT_FOUND
                    || (failures.isVague(e) && lookup.stat(path).isEmpty())) {
                return false;
            }
            throw failures.ofRemoval("remove " + path, path, e);
        }
    }

    /** See {@link RemoteConnection#removeFolder}. */
    boolean removeFolder(String path) throws RemoteException {
        try {
            channels.shared().rmdir(path);
            return true;
        } catch (IOException e) {
            if (link.kind(e) == RemoteFailure.NOT_FOUND) {
                return false;
            }
            throw failures.ofRemoval("remove the folder " + path, path, e);
        }
    }
}

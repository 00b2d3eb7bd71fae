package dev.slipway.transfer.remote;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.sftp.client.SftpClient;

/** Finds out what is at a path of a remote. */
final class RemoteLookup {
    private final RemoteLink link;
    private final SftpChannels channels;

    RemoteLookup(RemoteLink link, SftpChannels channels) {
        this.link = link;
        this.channels = channels;
    }

    /** See {@link RemoteConnection#stat}. */
    Optional<RemoteFile> stat(String path) throws RemoteException {
        try {
            return Optional.of(file(path, channels.shared().stat(path)));
        } catch (IOException e) {
            if (link.kind(e) == RemoteFailure.NOT_FOUND) {
                return Optional.empty();
            }
            throw link.failure("look at " + path, e);
        }
    }

    /** Whether something is there, also a link that leads nowhere. */
    boolean exists(String path) throws IOException, RemoteException {
        try {
            channels.shared().lstat(path);
            return true;
        } catch (IOException e) {
            if (link.kind(e) == RemoteFailure.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** See {@link RemoteConnection#entry}. */
    Optional<RemoteEntry> entry(String path, boolean followsLinks) throws RemoteException {
        try {
            SftpChannel channel = channels.shared();
            return Optional.of(RemoteEntry.of(path, followsLinks ? channel.stat(path) : channel.lstat(path)));
        } catch (IOException e) {
            if (link.kind(e) == RemoteFailure.NOT_FOUND) {
                return Optional.empty();
            }
            throw link.failure("look at " + path, e);
        }
    }

    /** See {@link RemoteConnection#openFolder}. */
    RemoteListing openFolder(String folder) throws RemoteException {
        SftpChannel channel = channels.shared();
        try {
            return new RemoteListing(link, channel, channel.openDir(folder), folder);
        } catch (IOException e) {
            throw link.failure("list " + folder, e);
        }
    }

    /** See {@link RemoteConnection#realPath}. */
    String realPath(String path) throws RemoteException {
        try {
            return channels.shared().canonicalPath(path);
        } catch (IOException e) {
            throw link.failure("find out where " + path + " is", e);
        }
    }

    /** See {@link RemoteConnection#list(String, int)}. */
    List<RemoteFile> list(String folder, int limit) throws RemoteException {
        SftpChannel channel = channels.shared();
        List<RemoteFile> files = new ArrayList<>();
        try (SftpClient.CloseableHandle handle = channel.openDir(folder)) {
            for (SftpClient.DirEntry entry : channel.listDir(handle)) {
                String name = entry.getFilename();
                if (!name.equals(".") && !name.equals("..")) {
                    files.add(file(name, entry.getAttributes()));
                    if (files.size() >= limit) {
                        break;
                    }
                }
            }
            return files;
        } catch (IOException e) {
            throw link.failure("list " + folder, e);
        } catch (RuntimeException e) {
            // What an iterator makes of an IOException.
            IOException cause = RemoteFailures.find(e, IOException.class);
            if (cause == null) {
                throw e;
            }
            throw link.failure("list " + folder, cause);
        }
    }

    private static RemoteFile file(String name, SftpClient.Attributes attributes) {
        FileTime modified = attributes.getModifyTime();
        return new RemoteFile(
                name, attributes.getSize(), attributes.isDirectory(), modified == null ? null : modified.toInstant());
    }

    /** The folder of a path; the root is its own. */
    static String parent(String path) {
        String stripped = path.endsWith("/") && path.length() > 1 ? path.substring(0, path.length() - 1) : path;
        int slash = stripped.lastIndexOf('/');
        return slash <= 0 ? "/" : stripped.substring(0, slash);
    }
}

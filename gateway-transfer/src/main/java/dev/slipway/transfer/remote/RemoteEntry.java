package dev.slipway.transfer.remote;

import java.time.Instant;
import org.apache.sshd.sftp.client.SftpClient;
import org.jspecify.annotations.Nullable;

/**
 * What is at a path of a remote.
 *
 * @param name its last segment; of {@link RemoteConnection#entry} the path that was asked for. Bytes that are no UTF-8
 *     have become U+FFFD: such a file cannot be opened by this name
 * @param kind what it is
 * @param size bytes; of a file only
 * @param modified when it was last changed, to the second; null if the remote does not tell
 */
public record RemoteEntry(
        String name, Kind kind, long size, @Nullable Instant modified) {
    /** What can be at a path. */
    public enum Kind {
        /** A regular file. */
        FILE,
        FOLDER,
        /** A symbolic link. */
        LINK,
        /** A device, a socket, a named pipe: nothing that has contents to be copied. */
        OTHER
    }

    static RemoteEntry of(String name, SftpClient.Attributes attributes) {
        var modified = attributes.getModifyTime();
        return new RemoteEntry(
                name, kind(attributes), attributes.getSize(), modified == null ? null : modified.toInstant());
    }

    private static Kind kind(SftpClient.Attributes attributes) {
        if (attributes.isDirectory()) {
            return Kind.FOLDER;
        } else if (attributes.isSymbolicLink()) {
            return Kind.LINK;
        }
        // Version 3 tells the type by the permissions only, and few servers leave them out.
        boolean isKnown = attributes.getFlags().contains(SftpClient.Attribute.Perms);
        return !isKnown || attributes.isRegularFile() ? Kind.FILE : Kind.OTHER;
    }
}

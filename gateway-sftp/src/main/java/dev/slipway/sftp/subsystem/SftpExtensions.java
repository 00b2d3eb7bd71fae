package dev.slipway.sftp.subsystem;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.Space;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.util.Map;
import java.util.TreeMap;

/** Serves the extensions of SFTP, and says which there are. */
final class SftpExtensions {
    private static final String POSIX_RENAME = "posix-rename@openssh.com";
    private static final String FSYNC = "fsync@openssh.com";
    private static final String LIMITS = "limits@openssh.com";
    private static final String LSETSTAT = "lsetstat@openssh.com";
    private static final String STATVFS = "statvfs@openssh.com";
    private static final String SPACE_AVAILABLE = "space-available";
    private static final String COPY_FILE = "copy-file";
    private static final String FSTATVFS = "fstatvfs@openssh.com";

    /** Supported extensions with their versions: see OpenSSH's file PROTOCOL, section 4. */
    private static final Map<String, String> VERSIONS = new TreeMap<>(Map.ofEntries(
            Map.entry(POSIX_RENAME, "1"),
            Map.entry(STATVFS, "2"),
            Map.entry(FSTATVFS, "2"),
            Map.entry(FSYNC, "1"),
            Map.entry(LSETSTAT, "1"),
            Map.entry(LIMITS, "1"),
            Map.entry(DataCopy.NAME, "1"),
            Map.entry(COPY_FILE, "1"),
            Map.entry(SPACE_AVAILABLE, "1"),
            // The draft announces this one, and clients look for each of the three.
            Map.entry(ChecksumRequests.CHECK_FILE, "1"),
            Map.entry(ChecksumRequests.CHECK_FILE_NAME, "1"),
            Map.entry(ChecksumRequests.CHECK_FILE_HANDLE, "1"),
            Map.entry(ChecksumRequests.MD5_HASH, "1"),
            Map.entry(ChecksumRequests.MD5_HASH_HANDLE, "1")));

    /** In bytes; what file systems commonly have. */
    private static final int BLOCK = 4096;

    /** Names are limited by the bytes of the whole key alone. */
    private static final int LONGEST_NAME = 1024;

    /** Of {@code f_flag}: nosuid. */
    private static final int NO_SET_USER_ID = 0x2;

    private final SftpChannel channel;
    private final VirtualFileSystem files;
    private final SftpFiles channelFiles;
    private final Handles handles;
    private final Reply reply;

    SftpExtensions(SftpChannel channel, VirtualFileSystem files, SftpFiles channelFiles, Handles handles, Reply reply) {
        this.channel = channel;
        this.files = files;
        this.channelFiles = channelFiles;
        this.handles = handles;
        this.reply = reply;
    }

    /** Adds the extensions to SSH_FXP_VERSION. */
    static void announce(Reply version) {
        VERSIONS.forEach((name, edition) -> version.string(name).string(edition));
    }

    /** Serves SSH_FXP_EXTENDED. */
    void serve(int id, Request request) throws RequestException, VfsException {
        String name = request.string();
        switch (name) {
            case POSIX_RENAME -> {
                VirtualPath from = request.path();
                files.rename(from, request.path(), RenameMode.REPLACE_TARGET);
                reply.ok(id);
            }
            case FSYNC -> {
                handles.get(request.handle());
                reply.ok(id);
            }
            case LIMITS ->
                reply.start(PacketType.EXTENDED_REPLY, id)
                        .uint64(SftpChannel.MAX_PACKET)
                        .uint64(SftpChannel.MAX_DATA)
                        .uint64(SftpChannel.MAX_DATA)
                        .uint64(channel.session().maxOpenHandles());
            case LSETSTAT -> {
                VirtualPath path = request.path();
                channelFiles.set(path, request.attributes());
                reply.ok(id);
            }
            case DataCopy.NAME -> {
                // Not in parallel: writes to the same handle may follow.
                DataCopy.of(handles, request).run(channel::isGone);
                reply.ok(id);
            }
            case COPY_FILE -> copyFile(id, request);
            case ChecksumRequests.CHECK_FILE_NAME ->
                channel.answerLater(
                        id, ChecksumRequests.checkFile(ChecksumRequests.file(files, request.path()), request, false));
            case ChecksumRequests.CHECK_FILE, ChecksumRequests.CHECK_FILE_HANDLE -> {
                boolean named = name.equals(ChecksumRequests.CHECK_FILE);
                Handles.Handle handle = handles.get(request.handle());
                channel.answerLater(id, ChecksumRequests.checkFile(ChecksumRequests.handle(handle), request, named));
            }
            case ChecksumRequests.MD5_HASH ->
                channel.answerLater(id, ChecksumRequests.md5(ChecksumRequests.file(files, request.path()), request));
            case ChecksumRequests.MD5_HASH_HANDLE -> {
                Handles.Handle handle = handles.get(request.handle());
                channel.answerLater(id, ChecksumRequests.md5(ChecksumRequests.handle(handle), request));
            }
            case STATVFS -> space(id, request.path());
            case SPACE_AVAILABLE -> spaceAvailable(id, request.path());
            case FSTATVFS -> {
                Handles.Handle handle = handles.get(request.handle());
                // A file that is being uploaded does not exist yet.
                space(id, handle instanceof Handles.Upload ? handle.path().parent() : handle.path());
            }
            default ->
                throw new RequestException(Status.OP_UNSUPPORTED, "The extension " + name + " is not supported.");
        }
    }

    /** draft-ietf-secsh-filexfer-extensions-00 section 6 */
    private void copyFile(int id, Request request) throws RequestException, VfsException {
        VirtualPath from = request.path();
        VirtualPath to = request.path();
        CreateMode mode = request.flag() ? CreateMode.REPLACE : CreateMode.NEW;
        channel.answerLater(id, (own, itsId, _) -> {
            files.copy(from, to, mode);
            own.ok(itsId);
        });
    }

    private void space(int id, VirtualPath path) throws VfsException {
        Space space = files.space(path);
        long blocks = space.total() / BLOCK;
        long free = space.free() / BLOCK;
        reply.start(PacketType.EXTENDED_REPLY, id)
                .uint64(BLOCK)
                .uint64(BLOCK)
                .uint64(blocks)
                .uint64(free)
                .uint64(free)
                .uint64(space.files())
                .uint64(space.freeFiles())
                .uint64(space.freeFiles())
                .uint64(0)
                .uint64(NO_SET_USER_ID)
                .uint64(LONGEST_NAME);
    }

    /** draft-ietf-secsh-filexfer-extensions-00 section 5 */
    private void spaceAvailable(int id, VirtualPath path) throws VfsException {
        Space space = files.space(path);
        reply.start(PacketType.EXTENDED_REPLY, id)
                .uint64(space.total())
                .uint64(space.free())
                .uint64(space.total())
                .uint64(space.free())
                .uint32(BLOCK);
    }
}

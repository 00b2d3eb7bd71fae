package dev.slipway.sftp.subsystem;

import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Serves the requests of SFTP but for writes, whose bytes {@link SftpChannel} passes on as they arrive. */
final class SftpRequests {
    /** A reply to READDIR ends at this many bytes, since old clients take no packets above 34,000. */
    private static final int LISTING_BYTES = 30_000;

    private final SftpChannel channel;
    private final VirtualFileSystem fileSystem;
    private final SftpFiles files;
    private final Handles handles;
    private final SftpExtensions extensions;
    private final Reply reply;

    SftpRequests(SftpChannel channel, VirtualFileSystem fileSystem, Handles handles, Reply reply) {
        this.channel = channel;
        this.fileSystem = fileSystem;
        this.files = new SftpFiles(fileSystem, handles);
        this.handles = handles;
        this.extensions = new SftpExtensions(channel, fileSystem, files, handles, reply);
        this.reply = reply;
    }

    /** Serves a request, and builds its reply unless that comes later. */
    void serve(int type, int id, Request request) throws RequestException, VfsException {
        switch (type) {
            case PacketType.OPEN -> open(id, request);
            case PacketType.CLOSE -> close(id, request);
            case PacketType.READ -> read(id, request);
            case PacketType.LSTAT, PacketType.STAT -> attributes(id, files.stat(request.path()));
            case PacketType.FSTAT -> attributes(id, files.stat(handles.get(request.handle())));
            case PacketType.SETSTAT -> setAttributes(id, request);
            case PacketType.FSETSTAT -> setHandleAttributes(id, request);
            case PacketType.OPENDIR -> openDirectory(id, request);
            case PacketType.READDIR -> readDirectory(id, request);
            case PacketType.REMOVE -> {
                fileSystem.delete(request.path());
                reply.ok(id);
            }
            case PacketType.MKDIR -> {
                VirtualPath path = request.path();
                fileSystem.mkdir(path, request.created());
                reply.ok(id);
            }
            case PacketType.RMDIR -> {
                fileSystem.rmdir(request.path());
                reply.ok(id);
            }
            case PacketType.REALPATH -> realPath(id, request);
            case PacketType.RENAME -> rename(id, request);
            case PacketType.READLINK, PacketType.SYMLINK ->
                throw new RequestException(Status.OP_UNSUPPORTED, "Links are not supported.");
            case PacketType.EXTENDED -> extensions.serve(id, request);
            default ->
                throw new RequestException(Status.OP_UNSUPPORTED, "Unknown SFTP version 3 request type " + type + ".");
        }
    }

    private void open(int id, Request request) throws RequestException, VfsException {
        VirtualPath path = request.path();
        OpenFlags flags = new OpenFlags(request.uint32());
        PosixAttributes created = request.created();
        handles.reserve();
        int number;
        try {
            number = handles.add(files.open(path, flags, created));
        } catch (RequestException | VfsException | RuntimeException e) {
            handles.giveUp();
            throw e;
        }
        handle(id, number);
    }

    private void close(int id, Request request) throws RequestException, VfsException {
        // From here on only this call has the handle, so a disconnect does not disturb the commit.
        try (Handles.Handle handle = handles.take(request.handle())) {
            if (handle instanceof Handles.Upload upload) {
                IOException failure = upload.failure();
                if (failure != null) {
                    throw new RequestException(
                            failure instanceof VfsException e ? Status.of(e.failure()) : Status.FAILURE,
                            "The file was not stored because a write failed: " + failure.getMessage());
                }
                upload.upload().commit();
            }
        }
        reply.ok(id);
    }

    private void read(int id, Request request) throws RequestException, VfsException {
        Handles.Handle handle = handles.get(request.handle());
        long offset = request.position();
        int length = request.uint32();
        switch (handle) {
            case Handles.Download(VirtualPath path, FileDownload download) -> {
                // Clients request the maximum, even for small files.
                int limit = length < 0 ? SftpChannel.MAX_DATA : Math.min(length, SftpChannel.MAX_DATA);
                int left = Math.clamp(download.entry().size() - offset, 0, limit);
                ByteBuffer room = reply.start(PacketType.DATA, id).room(channel.largestAnswer(left));
                while (room.hasRemaining() && download.read(offset + room.position(), room) >= 0) {
                    // as much as was asked for
                }
                if (room.position() == 0 && limit > 0) {
                    throw new RequestException(Status.EOF, "End of file.");
                }
                reply.filled(room);
            }
            case Handles.Upload upload ->
                throw new RequestException(Status.OP_UNSUPPORTED, "A file cannot be read while it is being uploaded.");
            case Handles.Directory directory ->
                throw new RequestException(Status.FAILURE, "The handle is for a directory.");
        }
    }

    private void setAttributes(int id, Request request) throws RequestException, VfsException {
        VirtualPath path = request.path();
        files.set(path, request.attributes());
        reply.ok(id);
    }

    private void setHandleAttributes(int id, Request request) throws RequestException, VfsException {
        Handles.Handle handle = handles.get(request.handle());
        files.set(handle, request.attributes());
        reply.ok(id);
    }

    private void openDirectory(int id, Request request) throws RequestException, VfsException {
        VirtualPath path = request.path();
        handles.reserve();
        int number;
        try {
            number = handles.add(new Handles.Directory(path, fileSystem.list(path)));
        } catch (RequestException | VfsException | RuntimeException e) {
            handles.giveUp();
            throw e;
        }
        handle(id, number);
    }

    private void readDirectory(int id, Request request) throws RequestException, VfsException {
        if (!(handles.get(request.handle()) instanceof Handles.Directory directory)) {
            throw new RequestException(Status.FAILURE, "The handle is not for a directory.");
        }
        reply.start(PacketType.NAME, id);
        int place = reply.length();
        reply.uint32(0);
        int count = 0;
        Handles.Listed next = directory.peek();
        while (next != null) {
            reply.name(next.name(), next.entry());
            directory.advance();
            count++;
            // Fetched entries are sent before more are fetched.
            next = reply.length() < LISTING_BYTES && directory.isFetched() ? directory.peek() : null;
        }
        if (count == 0) {
            throw new RequestException(Status.EOF, "End of directory.");
        }
        reply.set(place, count);
    }

    private void realPath(int id, Request request) throws RequestException, VfsException {
        String path = request.path().toString();
        reply.start(PacketType.NAME, id).uint32(1).string(path).string(path).uint32(0);
    }

    private void rename(int id, Request request) throws RequestException, VfsException {
        VirtualPath from = request.path();
        VirtualPath to = request.path();
        fileSystem.rename(from, to, RenameMode.KEEP_TARGET);
        reply.ok(id);
    }

    private void attributes(int id, FileEntry entry) {
        reply.start(PacketType.ATTRS, id).attributes(entry);
    }

    private void handle(int id, int number) {
        reply.start(PacketType.HANDLE, id).uint32(Integer.BYTES).uint32(number);
    }
}

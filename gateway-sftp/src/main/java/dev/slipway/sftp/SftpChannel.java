package dev.slipway.sftp;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.Space;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.core.vfs.WritePosition;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves SFTP version 3 (draft-ietf-secsh-filexfer-02) on one channel, one request after the other. Only very long
 * requests (checksums, copies of files) run in parallel, and are answered when they are done.
 *
 * <p>Only the client's own {@code SSH_FXP_CLOSE} commits an upload, and only if all its writes succeeded; it is
 * answered when the store has confirmed. If the channel ends in any other way, open uploads are interrupted or aborted.
 * A commit in progress when the client disconnects is completed: the client had signalled that the file is complete.
 */
final class SftpChannel extends ChannelCommand {
    /** Bytes of the largest request or reply, without its length; the same as OpenSSH's. */
    static final int MAX_PACKET = 256 * 1024;

    /** Maximum bytes of one read or write; the rest of a packet is for its other fields. */
    static final int MAX_DATA = MAX_PACKET - 1024;

    /** Maximum bytes of a request other than WRITE: enough for two paths of maximum length. */
    private static final int MAX_REQUEST = 34_000;

    /** Bytes of a read while the memory for larger answers is in use; all clients accept this. */
    private static final int SMALL_READ = 32 * 1024;

    /** A reply to READDIR ends at this many bytes, since old clients take no packets above 34,000. */
    private static final int LISTING_BYTES = 30_000;

    private static final int VERSION = 3;

    private static final int OPEN_READ = 0x1;
    private static final int OPEN_WRITE = 0x2;
    private static final int OPEN_APPEND = 0x4;
    private static final int OPEN_CREATE = 0x8;
    private static final int OPEN_TRUNCATE = 0x10;
    private static final int OPEN_EXCLUSIVE = 0x20;

    private static final String POSIX_RENAME = "posix-rename@openssh.com";
    private static final String FSYNC = "fsync@openssh.com";
    private static final String LIMITS = "limits@openssh.com";
    private static final String LSETSTAT = "lsetstat@openssh.com";
    private static final String STATVFS = "statvfs@openssh.com";
    private static final String SPACE_AVAILABLE = "space-available";
    private static final String COPY_FILE = "copy-file";
    private static final String FSTATVFS = "fstatvfs@openssh.com";

    /** Supported extensions with their versions: see OpenSSH's file PROTOCOL, section 4. */
    private static final Map<String, String> EXTENSIONS = new TreeMap<>(Map.ofEntries(
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

    private static final Logger log = LoggerFactory.getLogger(SftpChannel.class);

    private final VirtualFileSystem files;
    private final Handles handles;
    private final Reply reply;
    private final byte[] header = new byte[2 * Integer.BYTES + 1];
    private final String account;
    private final ParallelRequests beside;

    /** Whether the current request is answered later. */
    private boolean later;

    /** Whether answers may fill a packet: only a few channels at a time have the memory for it. */
    private boolean large;

    private volatile boolean gone;

    /** @param account the name that listings show as the owner */
    SftpChannel(
            GatewayChannel channel, SessionState session, Executor executor, VirtualFileSystem files, String account) {
        super(channel, session, executor);
        this.files = files;
        this.handles = new Handles(session);
        this.reply = new Reply(account);
        this.account = account;
        this.beside = new ParallelRequests(executor);
    }

    @Override
    boolean isWorking() {
        return super.isWorking() || beside.isWorking();
    }

    @Override
    void abandon() {
        gone = true;
        handles.closeAll();
    }

    @Override
    void beforeWaiting() throws IOException {
        super.beforeWaiting();
        reply.shrink();
        giveUpLargeAnswers();
    }

    @Override
    void awaitWork() {
        giveUpLargeAnswers();
        beside.awaitEnd();
    }

    /** How many of so many bytes are sent at once: clients ask for the rest again. */
    private int mostToSend(int bytes) {
        if (bytes > SMALL_READ && !large) {
            large = session().outputMemory().takeLargeAnswer();
        }
        return large ? bytes : Math.min(bytes, SMALL_READ);
    }

    private void giveUpLargeAnswers() {
        if (large) {
            large = false;
            session().outputMemory().returnLargeAnswer();
        }
    }

    @Override
    int serve() throws IOException {
        if (!greet()) {
            return 0;
        }
        flush();
        long greeted = System.nanoTime();
        boolean first = true;
        ByteBuffer start = ByteBuffer.wrap(header);
        while (input().readFully(start.clear())) {
            if (first) {
                input().roundTrip(Duration.ofNanos(System.nanoTime() - greeted));
                first = false;
            }
            start.flip();
            int length = checked(start.getInt(), header.length - Integer.BYTES);
            int type = Byte.toUnsignedInt(start.get());
            int id = start.getInt();
            int rest = length - (header.length - Integer.BYTES);
            later = false;
            if (!serve(type, id, rest)) {
                break;
            }
            if (!later) {
                write(reply.finish(), 0, reply.length());
            }
        }
        beside.awaitEnd();
        return 0;
    }

    private static int checked(int length, int least) throws StreamCorruptedException {
        if (length < least || length > MAX_PACKET) {
            throw new StreamCorruptedException("a packet of " + Integer.toUnsignedLong(length) + " bytes");
        }
        return length;
    }

    /** Negotiates the version, which is always ours, and announces the extensions. */
    private boolean greet() throws IOException {
        ByteBuffer start = ByteBuffer.allocate(2 * Integer.BYTES + 1);
        if (!input().readFully(start)) {
            return false;
        }
        start.flip();
        int rest = checked(start.getInt(), 1 + Integer.BYTES) - 1 - Integer.BYTES;
        int type = Byte.toUnsignedInt(start.get());
        int version = start.getInt();
        if (type != PacketType.INIT || version < VERSION) {
            throw new StreamCorruptedException("expected SSH_FXP_INIT with version 3 or later, but got packet type "
                    + type + ", version " + Integer.toUnsignedLong(version));
        }
        if (!input().readFully(ByteBuffer.allocate(rest))) {
            return false;
        }
        reply.start(PacketType.VERSION).uint32(VERSION);
        EXTENSIONS.forEach((name, edition) -> reply.string(name).string(edition));
        write(reply.finish(), 0, reply.length());
        return true;
    }

    /**
     * Executes a request and builds the reply.
     *
     * @param rest the bytes of the request after its id
     * @return false if the input ended within the request
     */
    private boolean serve(int type, int id, int rest) throws IOException {
        if (type == PacketType.WRITE) {
            return serveWrite(id, rest);
        }
        if (rest > MAX_REQUEST) {
            return skip(id, rest);
        }
        ByteBuffer fields = ByteBuffer.allocate(rest);
        if (!input().readFully(fields)) {
            return false;
        }
        if (type != PacketType.READ) {
            // This may take long; the client should get earlier answers first.
            flush();
        }
        startWorking();
        try {
            dispatch(type, id, new Request(fields.flip()));
        } catch (RequestException e) {
            status(id, e.status(), e.getMessage());
        } catch (VfsException e) {
            failed(id, e);
        } catch (RuntimeException e) {
            defect(id, e);
        }
        return true;
    }

    /** Refuses an oversized request without buffering it. */
    private boolean skip(int id, int rest) throws IOException {
        int remaining = rest;
        while (remaining > 0) {
            ByteBuffer bytes = input().next(remaining);
            if (bytes == null) {
                return false;
            }
            remaining -= bytes.remaining();
        }
        status(id, Status.BAD_MESSAGE, "Requests other than writes may have " + MAX_REQUEST + " bytes.");
        return true;
    }

    private void dispatch(int type, int id, Request request) throws RequestException, VfsException {
        switch (type) {
            case PacketType.OPEN -> open(id, request);
            case PacketType.CLOSE -> close(id, request);
            case PacketType.READ -> read(id, request);
            case PacketType.LSTAT, PacketType.STAT -> attributes(id, stat(path(request)));
            case PacketType.FSTAT -> attributes(id, stat(handles.get(request.handle())));
            case PacketType.SETSTAT -> setAttributes(id, request);
            case PacketType.FSETSTAT -> setHandleAttributes(id, request);
            case PacketType.OPENDIR -> openDirectory(id, request);
            case PacketType.READDIR -> readDirectory(id, request);
            case PacketType.REMOVE -> {
                files.delete(path(request));
                ok(id);
            }
            case PacketType.MKDIR -> {
                files.mkdir(path(request));
                ok(id);
            }
            case PacketType.RMDIR -> {
                files.rmdir(path(request));
                ok(id);
            }
            case PacketType.REALPATH -> realPath(id, request);
            case PacketType.RENAME -> rename(id, request, RenameMode.KEEP_TARGET);
            case PacketType.READLINK, PacketType.SYMLINK ->
                throw new RequestException(Status.OP_UNSUPPORTED, "Links are not supported.");
            case PacketType.EXTENDED -> extended(id, request);
            default ->
                throw new RequestException(Status.OP_UNSUPPORTED, "Unknown SFTP version 3 request type " + type + ".");
        }
    }

    private static VirtualPath path(Request request) throws RequestException, VfsException {
        return VirtualPath.parse(request.string());
    }

    private void open(int id, Request request) throws RequestException, VfsException {
        VirtualPath path = path(request);
        int flags = request.uint32();
        handles.reserve();
        int number;
        try {
            number = handles.add(opened(path, flags));
        } catch (RequestException | VfsException | RuntimeException e) {
            handles.giveUp();
            throw e;
        }
        handle(id, number);
    }

    private Handles.Handle opened(VirtualPath path, int flags) throws RequestException, VfsException {
        if ((flags & OPEN_WRITE) == 0) {
            if ((flags & OPEN_READ) == 0) {
                throw new RequestException(Status.FAILURE, "A file must be opened for reading or for writing.");
            }
            return new Handles.Download(path, files.open(path));
        }
        FileUpload upload = upload(path, flags, uploadOptions());
        return (flags & OPEN_APPEND) == 0 ? new Handles.Upload(path, upload) : Handles.Upload.appending(path, upload);
    }

    /** A channel that holds the memory of an upload must not wait for more. */
    private UploadOptions uploadOptions() {
        return UploadOptions.DEFAULT.withWaiting(!handles.hasUpload());
    }

    /** Applies the flags to an existing file. */
    private FileUpload upload(VirtualPath path, int flags, UploadOptions options)
            throws RequestException, VfsException {
        boolean create = (flags & OPEN_CREATE) != 0;
        if (create && (flags & OPEN_EXCLUSIVE) != 0) {
            return files.create(path, CreateMode.NEW, options);
        }
        if (create && (flags & OPEN_TRUNCATE) != 0) {
            return files.create(path, CreateMode.REPLACE, options);
        }
        FileEntry present = statIfPresent(path);
        if (present == null) {
            if (create) {
                return files.create(path, CreateMode.NEW, options);
            }
            throw new RequestException(Status.NO_SUCH_FILE, "No such file: " + path + ".");
        }
        if (present.partial() && (flags & OPEN_TRUNCATE) == 0) {
            return files.resume(path, WritePosition.END, options);
        }
        boolean append = (flags & OPEN_APPEND) != 0;
        if ((flags & OPEN_TRUNCATE) != 0 || (present.size() == 0 && !append)) {
            return files.create(path, CreateMode.REPLACE, options);
        }
        return files.change(path, append ? WritePosition.END : WritePosition.FIRST_WRITE, options);
    }

    private @Nullable FileEntry statIfPresent(VirtualPath path) throws VfsException {
        try {
            return stat(path);
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return null;
            }
            throw e;
        }
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
        ok(id);
    }

    private void read(int id, Request request) throws RequestException, VfsException {
        Handles.Handle handle = handles.get(request.handle());
        long offset = request.position();
        int length = request.uint32();
        switch (handle) {
            case Handles.Download(VirtualPath path, FileDownload download) -> {
                // Clients request the maximum, even for small files.
                int limit = length < 0 ? MAX_DATA : Math.min(length, MAX_DATA);
                int left = Math.clamp(download.entry().size() - offset, 0, limit);
                ByteBuffer room = reply.start(PacketType.DATA, id).room(mostToSend(left));
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

    /** Passes a write's bytes on as they arrive, from the channel's input to the upload, without another buffer. */
    private boolean serveWrite(int id, int rest) throws IOException {
        // handle, offset and the length of the data
        ByteBuffer fields = ByteBuffer.allocate(Math.min(rest, 3 * Integer.BYTES + Long.BYTES));
        if (!input().readFully(fields)) {
            return false;
        }
        startWorking();
        int remaining = rest - fields.capacity();
        Handles.Upload upload = null;
        IOException failure = null;
        long offset = 0;
        int wanted = 0;
        try {
            Request request = new Request(fields.flip());
            if (!(handles.get(request.handle()) instanceof Handles.Upload writable)) {
                throw new RequestException(Status.PERMISSION_DENIED, "The handle is not open for writing.");
            }
            upload = writable;
            offset = writable.place(request.position());
            int length = request.uint32();
            if (length < 0 || length > remaining) {
                throw new RequestException(Status.BAD_MESSAGE, "The write contains fewer bytes than it announces.");
            }
            wanted = length;
        } catch (RequestException e) {
            failure = e;
        }
        while (remaining > 0) {
            ByteBuffer bytes = input().next(remaining);
            if (bytes == null) {
                return false;
            }
            startWorking();
            remaining -= bytes.remaining();
            // rclone's last write contains the unused end of its buffer after the data
            int count = Math.min(wanted, bytes.remaining());
            if (failure == null && upload != null && count > 0) {
                failure = written(upload, offset, bytes.limit(bytes.position() + count));
            }
            offset += count;
            wanted -= count;
        }
        if (failure == null) {
            ok(id);
        } else {
            if (upload != null) {
                upload.failed(failure);
            }
            failed(id, failure);
        }
        return true;
    }

    private @Nullable IOException written(Handles.Upload upload, long offset, ByteBuffer bytes) {
        try {
            upload.upload().write(offset, bytes);
            return null;
        } catch (VfsException e) {
            return e;
        } catch (RuntimeException e) {
            log.error("an internal error ended the upload of {}", upload.path(), e);
            return new RequestException(Status.FAILURE, "Internal error in the gateway; see its log.");
        }
    }

    private FileEntry stat(VirtualPath path) throws VfsException {
        // To the channel that writes a file, its path means that file, as on any file system.
        FileUpload upload = handles.upload(path);
        return upload == null ? files.stat(path) : upload.entry();
    }

    private FileEntry stat(Handles.Handle handle) throws RequestException, VfsException {
        return switch (handle) {
            case Handles.Upload upload -> {
                if (upload.upload().hasFailed()) {
                    throw new RequestException(Status.FAILURE, "The upload has failed; open the file again.");
                }
                yield upload.upload().entry();
            }
            case Handles.Download(VirtualPath path, FileDownload download) -> download.entry();
            case Handles.Directory directory -> files.stat(directory.path());
        };
    }

    private void setAttributes(int id, Request request) throws RequestException, VfsException {
        VirtualPath path = path(request);
        Request.Attributes attributes = request.attributes();
        FileUpload upload = handles.upload(path);
        if (upload == null) {
            setAttributes(path, attributes);
        } else {
            setAttributes(upload, attributes);
        }
        ok(id);
    }

    private void setHandleAttributes(int id, Request request) throws RequestException, VfsException {
        Handles.Handle handle = handles.get(request.handle());
        Request.Attributes attributes = request.attributes();
        if (handle instanceof Handles.Upload upload) {
            setAttributes(upload.upload(), attributes);
        } else {
            setAttributes(handle.path(), attributes);
        }
        ok(id);
    }

    private static void setAttributes(FileUpload upload, Request.Attributes attributes) throws VfsException {
        if (attributes.size().isPresent()) {
            upload.truncate(attributes.size().getAsLong());
        }
        attributes.modified().ifPresent(upload::setModified);
    }

    private void setAttributes(VirtualPath path, Request.Attributes attributes) throws RequestException, VfsException {
        Instant modified = attributes.modified().orElse(null);
        if (modified == null || attributes.size().isPresent()) {
            // Ignored attributes are ignored only for existing files.
            FileEntry entry = files.stat(path);
            if (attributes.size().isPresent() && attributes.size().getAsLong() != entry.size()) {
                FileEntry _ = files.truncate(path, attributes.size().getAsLong(), uploadOptions());
            }
        }
        if (modified != null) {
            files.setModified(path, modified);
        }
    }

    private void openDirectory(int id, Request request) throws RequestException, VfsException {
        VirtualPath path = path(request);
        handles.reserve();
        int number;
        try {
            number = handles.add(new Handles.Directory(path, files.list(path)));
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
        String path = path(request).toString();
        reply.start(PacketType.NAME, id).uint32(1).string(path).string(path).uint32(0);
    }

    private void rename(int id, Request request, RenameMode mode) throws RequestException, VfsException {
        VirtualPath from = path(request);
        VirtualPath to = path(request);
        files.rename(from, to, mode);
        ok(id);
    }

    private void extended(int id, Request request) throws RequestException, VfsException {
        String name = request.string();
        switch (name) {
            case POSIX_RENAME -> rename(id, request, RenameMode.REPLACE_TARGET);
            case FSYNC -> {
                handles.get(request.handle());
                ok(id);
            }
            case LIMITS ->
                reply.start(PacketType.EXTENDED_REPLY, id)
                        .uint64(MAX_PACKET)
                        .uint64(MAX_DATA)
                        .uint64(MAX_DATA)
                        .uint64(session().maxOpenHandles());
            case LSETSTAT -> setAttributes(id, request);
            case DataCopy.NAME -> {
                // Not in parallel: writes to the same handle may follow.
                DataCopy.of(handles, request).run(() -> gone);
                ok(id);
            }
            case COPY_FILE -> copyFile(id, request);
            case ChecksumRequests.CHECK_FILE_NAME ->
                later(id, ChecksumRequests.checkFile(ChecksumRequests.file(files, path(request)), request, false));
            case ChecksumRequests.CHECK_FILE, ChecksumRequests.CHECK_FILE_HANDLE -> {
                boolean named = name.equals(ChecksumRequests.CHECK_FILE);
                Handles.Handle handle = handles.get(request.handle());
                later(id, ChecksumRequests.checkFile(ChecksumRequests.handle(handle), request, named));
            }
            case ChecksumRequests.MD5_HASH ->
                later(id, ChecksumRequests.md5(ChecksumRequests.file(files, path(request)), request));
            case ChecksumRequests.MD5_HASH_HANDLE -> {
                Handles.Handle handle = handles.get(request.handle());
                later(id, ChecksumRequests.md5(ChecksumRequests.handle(handle), request));
            }
            case STATVFS -> space(id, path(request));
            case SPACE_AVAILABLE -> spaceAvailable(id, path(request));
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
        VirtualPath from = path(request);
        VirtualPath to = path(request);
        CreateMode mode = request.flag() ? CreateMode.REPLACE : CreateMode.NEW;
        later(id, (own, itsId, _) -> {
            files.copy(from, to, mode);
            status(own, itsId, Status.OK, "");
        });
    }

    /** Answers a request when it is done, and continues with the next one. */
    private void later(int id, Answer answer) {
        Reply own = new Reply(account);
        beside.run(
                () -> {
                    session().markThread();
                    try {
                        answer.build(own, id, () -> gone);
                    } catch (IOException e) {
                        failed(own, id, e);
                    } catch (RuntimeException e) {
                        defect(own, id, e);
                    }
                },
                () -> {
                    try {
                        writeBeside(own.finish(), 0, own.length());
                    } catch (IOException e) {
                        log.debug("the client disconnected before request {} was answered: {}", id, e.getMessage());
                    }
                });
        later = true;
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

    private void attributes(int id, FileEntry entry) {
        reply.start(PacketType.ATTRS, id).attributes(entry);
    }

    private void handle(int id, int number) {
        reply.start(PacketType.HANDLE, id).uint32(Integer.BYTES).uint32(number);
    }

    private void ok(int id) {
        status(id, Status.OK, "");
    }

    private void status(int id, Status status, @Nullable String message) {
        status(reply, id, status, message);
    }

    private void failed(int id, IOException failure) {
        failed(reply, id, failure);
    }

    private void defect(int id, RuntimeException e) {
        defect(reply, id, e);
    }

    private static void failed(Reply reply, int id, IOException failure) {
        if (failure instanceof VfsException e) {
            status(reply, id, Status.of(e.failure()), e.getMessage());
        } else if (failure instanceof RequestException e) {
            status(reply, id, e.status(), e.getMessage());
        } else {
            defect(reply, id, new IllegalStateException(failure));
        }
    }

    private static void defect(Reply reply, int id, RuntimeException e) {
        log.error("an internal error ended a request", e);
        status(reply, id, Status.FAILURE, "Internal error in the gateway; see its log.");
    }

    private static void status(Reply reply, int id, Status status, @Nullable String message) {
        reply.start(PacketType.STATUS, id)
                .uint32(status.code())
                .string(message == null ? "" : message)
                .string("en");
    }
}

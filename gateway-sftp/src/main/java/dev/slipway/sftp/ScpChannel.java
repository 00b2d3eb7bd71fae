package dev.slipway.sftp;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The server side of {@code scp}'s old protocol: messages of one line each ({@code C} file, {@code D} directory, {@code
 * E} end of directory, {@code T} times), the bytes of a file after its {@code C} line, and a status byte in answer to
 * each of these: 0, or 1 (a warning) or 2 (the end) with a line of text.
 *
 * <p>A received file is committed when all announced bytes and then the sender's status 0 have arrived. The old
 * protocol has no other way to signal that a file is complete; anything else aborts.
 */
final class ScpChannel extends ChannelCommand {
    private static final int LONGEST_LINE = 8 * 1024;
    private static final int LARGEST_DEPTH = 256;
    private static final int PAGE = 1000;
    private static final int BUFFER = 64 * 1024;
    private static final int LARGEST_EXPANSION = 10_000;

    private static final int OK = 0;
    private static final int WARNING = 1;
    private static final int END = 2;

    private final VirtualFileSystem files;
    private final String commandLine;
    private final Handles handles;
    private boolean failed;

    ScpChannel(
            GatewayChannel channel,
            SessionState session,
            Executor executor,
            VirtualFileSystem files,
            String commandLine) {
        super(channel, session, executor);
        this.files = files;
        this.commandLine = commandLine;
        this.handles = new Handles(session);
    }

    /** All of it is one copy. */
    @Override
    boolean isBusy() {
        return true;
    }

    @Override
    void abandon() {
        handles.closeAll();
    }

    @Override
    int serve() throws IOException {
        ScpArguments arguments;
        try {
            arguments = ScpArguments.parse(commandLine);
        } catch (RequestException e) {
            status(END, e.getMessage());
            return 1;
        }
        startWorking();
        if (arguments.receive()) {
            receive(arguments);
        } else {
            send(arguments);
        }
        return failed ? 1 : 0;
    }

    // ---- from the client to us ----

    /** Where received files go. */
    private record Target(VirtualPath path, boolean isDirectory) {
        VirtualPath named(String name) {
            return isDirectory ? path.child(name) : path;
        }
    }

    private void receive(ScpArguments arguments) throws IOException {
        Target target;
        try {
            target = target(path(arguments.paths().getFirst().text()));
            if (arguments.targetIsDirectory() && !target.isDirectory()) {
                status(END, target.path() + " is not a directory.");
                return;
            }
        } catch (VfsException e) {
            status(END, e.getMessage());
            return;
        }
        status(OK, "");
        receive(target, arguments.recursive(), 0);
    }

    private Target target(VirtualPath path) throws VfsException {
        FileEntry present = statIfPresent(path);
        return new Target(path, present != null && present.directory());
    }

    private @Nullable FileEntry statIfPresent(VirtualPath path) throws VfsException {
        try {
            return files.stat(path);
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    /** Receives what goes into a target, until its end or the end of the input. */
    private void receive(Target target, boolean recursive, int depth) throws IOException {
        Instant modified = null;
        String line = line();
        while (line != null) {
            startWorking();
            char kind = line.charAt(0);
            switch (kind) {
                case 'T' -> {
                    modified = Instant.ofEpochSecond(number(line.substring(1).split(" ", 2)[0]));
                    status(OK, "");
                }
                case 'C' -> {
                    receiveFile(target, Header.parse(line), modified);
                    modified = null;
                }
                case 'D' -> {
                    if (!recursive || depth == LARGEST_DEPTH) {
                        throw new StreamCorruptedException("an unexpected directory, or one nested too deeply");
                    }
                    receiveDirectory(target, Header.parse(line), modified, depth);
                    modified = null;
                }
                case 'E' -> {
                    status(OK, "");
                    return;
                }
                case WARNING -> failed = true;
                case END -> {
                    failed = true;
                    return;
                }
                default -> throw new StreamCorruptedException("an unknown message");
            }
            line = line();
        }
        if (depth > 0) {
            throw new EOFException("the input ended inside a directory");
        }
    }

    private void receiveDirectory(Target target, Header header, @Nullable Instant modified, int depth)
            throws IOException {
        VirtualPath path = target.named(header.name());
        try {
            FileEntry present = statIfPresent(path);
            if (present == null) {
                files.mkdir(path);
            } else if (!present.directory()) {
                status(WARNING, path + " is not a directory.");
                return;
            }
        } catch (VfsException e) {
            status(WARNING, e.getMessage());
            return;
        }
        status(OK, "");
        receive(new Target(path, true), true, depth + 1);
        if (modified != null) {
            try {
                files.setModified(path, modified);
            } catch (VfsException e) {
                status(WARNING, e.getMessage());
            }
        }
    }

    private void receiveFile(Target target, Header header, @Nullable Instant modified) throws IOException {
        VirtualPath path = target.named(header.name());
        int number;
        FileUpload upload;
        try {
            handles.reserve();
            upload = created(path, header.size());
            number = handles.add(new Handles.Upload(path, upload, false));
        } catch (RequestException | VfsException e) {
            status(WARNING, e.getMessage());
            return;
        }
        status(OK, "");
        VfsException failure = receiveBytes(upload, header.size());
        String complaint = sendersStatus();
        startWorking();
        // The upload is removed from the table in any case, so that a disconnect does not disturb the commit.
        try (Handles.Handle taken = handles.take(number)) {
            if (failure != null) {
                throw failure;
            }
            if (complaint == null) {
                if (modified != null) {
                    upload.setModified(modified);
                }
                upload.commit();
                status(OK, "");
            } else {
                status(WARNING, taken.path() + " was not stored because the sender reported: " + complaint);
            }
        } catch (VfsException e) {
            status(WARNING, e.getMessage());
        }
    }

    private FileUpload created(VirtualPath path, long size) throws VfsException {
        try {
            FileUpload upload = files.create(path, CreateMode.REPLACE);
            boolean wanted = false;
            try {
                upload.expectSize(size);
                wanted = true;
                return upload;
            } finally {
                if (!wanted) {
                    upload.abort();
                }
            }
        } catch (VfsException | RuntimeException e) {
            handles.giveUp();
            throw e;
        }
    }

    /** Receives exactly the announced number of bytes; those after a failure are read and dropped. */
    private @Nullable VfsException receiveBytes(FileUpload upload, long size) throws IOException {
        VfsException failure = null;
        long offset = 0;
        while (offset < size) {
            ByteBuffer bytes = input().next((int) Math.min(BUFFER, size - offset));
            if (bytes == null) {
                throw new EOFException("the input ended after " + offset + " of " + size + " bytes");
            }
            startWorking();
            int count = bytes.remaining();
            if (failure == null) {
                try {
                    upload.write(offset, bytes);
                } catch (VfsException e) {
                    failure = e;
                }
            }
            offset += count;
        }
        return failure;
    }

    /** The content of a {@code C} or {@code D} line. */
    private record Header(long size, String name) {
        static Header parse(String line) throws IOException {
            String[] fields = line.substring(1).split(" ", 3);
            if (fields.length != 3 || !VirtualPath.isProperName(fields[2])) {
                throw new StreamCorruptedException("a line without a file name");
            }
            return new Header(number(fields[1]), fields[2]);
        }
    }

    private static long number(String text) throws IOException {
        try {
            long result = Long.parseLong(text);
            if (result >= 0) {
                return result;
            }
        } catch (NumberFormatException e) {
            throw new StreamCorruptedException("no number: " + text);
        }
        throw new StreamCorruptedException("a negative number: " + text);
    }

    // ---- from us to the client ----

    private void send(ScpArguments arguments) throws IOException {
        if (sendersStatus() != null) {
            return;
        }
        for (ScpArguments.Word word : arguments.paths()) {
            startWorking();
            List<FileEntry> entries;
            try {
                entries = word.isPattern() ? expanded(word) : List.of(files.stat(path(word.text())));
            } catch (VfsException e) {
                status(WARNING, e.getMessage());
                continue;
            }
            if (entries.isEmpty()) {
                status(WARNING, word.text() + ": nothing matches.");
            }
            for (FileEntry entry : entries) {
                if (!send(entry, arguments, 0)) {
                    return;
                }
            }
        }
    }

    private List<FileEntry> expanded(ScpArguments.Word word) throws VfsException {
        List<FileEntry> found = List.of(files.stat(VirtualPath.ROOT));
        for (ScpArguments.Word segment : word.segments()) {
            if (segment.text().isEmpty()) {
                continue;
            }
            List<FileEntry> next = new ArrayList<>();
            for (FileEntry directory : found) {
                if (segment.isPattern()) {
                    next.addAll(matching(directory, segment));
                } else {
                    FileEntry entry = statIfPresent(directory.path().resolve(segment.text()));
                    if (entry != null) {
                        next.add(entry);
                    }
                }
            }
            found = next;
        }
        return found;
    }

    private List<FileEntry> matching(FileEntry directory, ScpArguments.Word names) throws VfsException {
        List<FileEntry> result = new ArrayList<>();
        if (directory.directory()) {
            try (EntryCursor cursor = files.list(directory.path())) {
                List<FileEntry> page = cursor.next(PAGE);
                while (!page.isEmpty()) {
                    page.stream().filter(entry -> names.matches(entry.name())).forEach(result::add);
                    if (result.size() > LARGEST_EXPANSION) {
                        throw new VfsException(
                                Failure.UNSUPPORTED,
                                directory.path(),
                                "More than " + LARGEST_EXPANSION + " names match. Copy the directory instead.");
                    }
                    page = cursor.next(PAGE);
                }
            }
        }
        return result;
    }

    /** @return false if the client stops */
    private boolean send(FileEntry entry, ScpArguments arguments, int depth) throws IOException {
        startWorking();
        try {
            if (!entry.directory()) {
                return sendFile(entry, arguments);
            }
            if (!arguments.recursive() || depth == LARGEST_DEPTH) {
                status(WARNING, entry.path() + (depth == 0 ? " is a directory." : " is nested too deeply."));
                return true;
            }
            return sendDirectory(entry, arguments, depth);
        } catch (VfsException e) {
            status(WARNING, e.getMessage());
            return true;
        }
    }

    private boolean sendDirectory(FileEntry entry, ScpArguments arguments, int depth) throws IOException {
        try (EntryCursor cursor = files.list(entry.path())) {
            return sendDirectory(cursor, entry, arguments, depth);
        }
    }

    private boolean sendDirectory(EntryCursor cursor, FileEntry entry, ScpArguments arguments, int depth)
            throws IOException {
        if (!sendTimes(entry, arguments)) {
            return false;
        }
        if (!accepted(String.format("D%04o 0 %s", permissions(entry), name(entry)))) {
            return true;
        }
        try {
            List<FileEntry> page = cursor.next(PAGE);
            while (!page.isEmpty()) {
                for (FileEntry child : page) {
                    if (!send(child, arguments, depth + 1)) {
                        return false;
                    }
                }
                page = cursor.next(PAGE);
            }
        } catch (VfsException e) {
            status(WARNING, e.getMessage());
        }
        return accepted("E");
    }

    private boolean sendFile(FileEntry entry, ScpArguments arguments) throws IOException {
        int number;
        FileDownload download;
        try {
            handles.reserve();
            download = opened(entry.path());
            number = handles.add(new Handles.Download(entry.path(), download));
        } catch (RequestException e) {
            status(WARNING, e.getMessage());
            return true;
        }
        try {
            FileEntry version = download.entry();
            if (!sendTimes(version, arguments)) {
                return false;
            }
            if (!accepted(String.format("C%04o %d %s", permissions(version), version.size(), name(version)))) {
                return true;
            }
            sendBytes(download, version.size());
            status(OK, "");
            // A client that could not store this file may still want the others.
            sendersStatus();
            return true;
        } finally {
            handles.release(number);
        }
    }

    private FileDownload opened(VirtualPath path) throws VfsException {
        try {
            return files.open(path);
        } catch (VfsException | RuntimeException e) {
            handles.giveUp();
            throw e;
        }
    }

    private void sendBytes(FileDownload download, long size) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long offset = 0;
        while (offset < size) {
            startWorking();
            buffer.clear().limit((int) Math.min(BUFFER, size - offset));
            try {
                if (download.read(offset, buffer) < 0) {
                    throw new EOFException("the file ended early");
                }
            } catch (IOException e) {
                // The size was announced, so the only way to signal that the rest is missing is to stop.
                writeError(("scp: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
                throw new IOException("a download ended early: " + e.getMessage(), e);
            }
            write(buffer.array(), 0, buffer.position());
            offset += buffer.position();
        }
    }

    private boolean sendTimes(FileEntry entry, ScpArguments arguments) throws IOException {
        long seconds = Math.max(0, entry.modified().getEpochSecond());
        return !arguments.times() || accepted("T" + seconds + " 0 " + seconds + " 0");
    }

    private boolean accepted(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
        return sendersStatus() == null;
    }

    private static int permissions(FileEntry entry) {
        return Listing.mode(entry.directory(), entry.writable()) & 0777;
    }

    private static String name(FileEntry entry) {
        String name = entry.path().isRoot() ? "." : entry.name();
        // As OpenSSH does, since a line feed ends the line.
        return name.replace("\n", "\\^J");
    }

    // ---- both ways ----

    private static VirtualPath path(String text) throws VfsException {
        return VirtualPath.parse(text.equals("~") || text.startsWith("~/") ? text.substring(1) : text);
    }

    private void status(int code, @Nullable String message) throws IOException {
        byte[] bytes = {(byte) code};
        if (code != OK) {
            failed = true;
            String line = String.valueOf((char) code) + "scp: "
                    + String.valueOf(message).replace('\n', ' ') + "\n";
            bytes = line.getBytes(StandardCharsets.UTF_8);
        }
        write(bytes, 0, bytes.length);
    }

    /** Reads the other side's status; null if all is well, otherwise its complaint. */
    private @Nullable String sendersStatus() throws IOException {
        ByteBuffer code = input().next(1);
        if (code == null) {
            throw new EOFException("the input ended where a status was expected");
        }
        int value = code.get();
        if (value == OK) {
            return null;
        }
        if (value != WARNING && value != END) {
            throw new StreamCorruptedException("status " + value);
        }
        failed = true;
        String line = line();
        if (value == END || line == null) {
            throw new EOFException("the client aborted the copy");
        }
        return line;
    }

    /** The next line without its end, at least one character; null at the end of the input. */
    private @Nullable String line() throws IOException {
        ByteBuffer line = ByteBuffer.allocate(LONGEST_LINE);
        while (true) {
            ByteBuffer one = input().next(1);
            if (one == null) {
                if (line.position() == 0) {
                    return null;
                }
                throw new EOFException("the input ended inside a line");
            }
            byte value = one.get();
            if (value == '\n') {
                break;
            }
            if (!line.hasRemaining()) {
                throw new StreamCorruptedException("a line of more than " + LONGEST_LINE + " bytes");
            }
            line.put(value);
        }
        if (line.position() == 0) {
            throw new StreamCorruptedException("an empty line");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(line.flip()).toString();
        } catch (CharacterCodingException e) {
            status(END, "The name is not valid UTF-8.");
            throw e;
        }
    }
}

package dev.slipway.sftp.scp;

import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.transport.ChannelCommand;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Receives files from a client, each of which is committed when all of it and then the client's status have arrived. */
final class ScpReceiver {
    private static final int LARGEST_DEPTH = 256;
    private static final int BUFFER = 64 * 1024;

    private final ChannelCommand channel;
    private final VirtualFileSystem files;
    private final ScpPaths paths;
    private final Handles handles;
    private final ScpMessages messages;

    ScpReceiver(
            ChannelCommand channel, VirtualFileSystem files, ScpPaths paths, Handles handles, ScpMessages messages) {
        this.channel = channel;
        this.files = files;
        this.paths = paths;
        this.handles = handles;
        this.messages = messages;
    }

    /** Where received files go. */
    private record Target(VirtualPath path, boolean isDirectory) {
        VirtualPath named(String name) {
            return isDirectory ? path.child(name) : path;
        }
    }

    /** Receives files until the client ends its input. */
    void receive(ScpArguments arguments) throws IOException {
        Target target;
        try {
            target = target(ScpPaths.path(arguments.paths().getFirst().text()));
            if (arguments.targetIsDirectory() && !target.isDirectory()) {
                messages.end(target.path() + " is not a directory.");
                return;
            }
        } catch (VfsException e) {
            messages.end(e.getMessage());
            return;
        }
        messages.ok();
        receive(target, arguments.recursive(), 0);
    }

    private Target target(VirtualPath path) throws VfsException {
        FileEntry present = paths.statIfPresent(path);
        return new Target(path, present != null && present.directory());
    }

    /** Receives what goes into a target, until its end or the end of the input. */
    private void receive(Target target, boolean recursive, int depth) throws IOException {
        Instant modified = null;
        String line = messages.line();
        while (line != null) {
            channel.startWorking();
            char kind = line.charAt(0);
            switch (kind) {
                case 'T' -> {
                    modified = Instant.ofEpochSecond(number(line.substring(1).split(" ", 2)[0]));
                    messages.ok();
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
                    messages.ok();
                    return;
                }
                case ScpMessages.WARNING -> messages.fail();
                case ScpMessages.END -> {
                    messages.fail();
                    return;
                }
                default -> throw new StreamCorruptedException("an unknown message");
            }
            line = messages.line();
        }
        if (depth > 0) {
            throw new EOFException("the input ended inside a directory");
        }
    }

    private void receiveDirectory(Target target, Header header, @Nullable Instant modified, int depth)
            throws IOException {
        VirtualPath path = target.named(header.name());
        try {
            FileEntry present = paths.statIfPresent(path);
            if (present == null) {
                files.mkdir(path, PosixAttributes.ofMode(header.mode()));
            } else if (!present.directory()) {
                messages.warn(path + " is not a directory.");
                return;
            }
        } catch (VfsException e) {
            messages.warn(e.getMessage());
            return;
        }
        messages.ok();
        receive(new Target(path, true), true, depth + 1);
        if (modified != null) {
            try {
                if (files.keepsPosix()) {
                    files.setPosix(path, PosixAttributes.ofMode(header.mode()));
                }
                files.setModified(path, modified);
            } catch (VfsException e) {
                messages.warn(e.getMessage());
            }
        }
    }

    private void receiveFile(Target target, Header header, @Nullable Instant modified) throws IOException {
        VirtualPath path = target.named(header.name());
        int number;
        FileUpload upload;
        try {
            handles.reserve();
            upload = created(path, header);
            number = handles.add(new Handles.Upload(path, upload, false));
        } catch (RequestException | VfsException e) {
            messages.warn(e.getMessage());
            return;
        }
        messages.ok();
        VfsException failure = receiveBytes(upload, header.size());
        String complaint = messages.clientStatus();
        channel.startWorking();
        // The upload is removed from the table in any case, so that a disconnect does not disturb the commit.
        try (Handles.Handle taken = handles.take(number)) {
            if (failure != null) {
                throw failure;
            }
            if (complaint == null) {
                if (modified != null) {
                    // With the times, scp -p also keeps the mode of a file that is replaced.
                    upload.setModified(modified);
                    upload.setPosix(PosixAttributes.ofMode(header.mode()));
                }
                upload.commit();
                messages.ok();
            } else {
                messages.warn(taken.path() + " was not stored because the sender reported: " + complaint);
            }
        } catch (VfsException e) {
            messages.warn(e.getMessage());
        }
    }

    private FileUpload created(VirtualPath path, Header header) throws VfsException {
        try {
            FileUpload upload = files.create(
                    path, CreateMode.REPLACE, UploadOptions.DEFAULT.withPosix(PosixAttributes.ofMode(header.mode())));
            boolean wanted = false;
            try {
                upload.expectSize(header.size());
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
            ByteBuffer bytes = channel.input().next((int) Math.min(BUFFER, size - offset));
            if (bytes == null) {
                throw new EOFException("the input ended after " + offset + " of " + size + " bytes");
            }
            channel.startWorking();
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
    private record Header(int mode, long size, String name) {
        static Header parse(String line) throws IOException {
            String[] fields = line.substring(1).split(" ", 3);
            if (fields.length != 3 || !VirtualPath.isProperName(fields[2])) {
                throw new StreamCorruptedException("a line without a file name");
            }
            return new Header(octal(fields[0]), number(fields[1]), fields[2]);
        }
    }

    private static int octal(String text) throws IOException {
        try {
            return Integer.parseInt(text, 8);
        } catch (NumberFormatException e) {
            throw new StreamCorruptedException("no mode: " + text);
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
}

package dev.slipway.sftp.scp;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.transport.ChannelCommand;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Sends files to a client. */
final class ScpSender {
    private static final int LARGEST_DEPTH = 256;
    private static final int PAGE = 1000;
    private static final int BUFFER = 64 * 1024;

    private final ChannelCommand channel;
    private final VirtualFileSystem files;
    private final ScpPaths paths;
    private final Handles handles;
    private final ScpMessages messages;

    ScpSender(ChannelCommand channel, VirtualFileSystem files, ScpPaths paths, Handles handles, ScpMessages messages) {
        this.channel = channel;
        this.files = files;
        this.paths = paths;
        this.handles = handles;
        this.messages = messages;
    }

    /** Sends the files that the client has named. */
    void send(ScpArguments arguments) throws IOException {
        if (messages.clientStatus() != null) {
            return;
        }
        for (ScpArguments.Word word : arguments.paths()) {
            channel.startWorking();
            List<FileEntry> entries;
            try {
                entries = paths.find(word);
            } catch (VfsException e) {
                messages.warn(e.getMessage());
                continue;
            }
            if (entries.isEmpty()) {
                messages.warn(word.text() + ": nothing matches.");
            }
            for (FileEntry entry : entries) {
                if (!send(entry, arguments, 0)) {
                    return;
                }
            }
        }
    }

    /** Sends a file or directory; returns false if the client stops. */
    private boolean send(FileEntry entry, ScpArguments arguments, int depth) throws IOException {
        channel.startWorking();
        try {
            if (!entry.directory()) {
                return sendFile(entry, arguments);
            }
            if (!arguments.recursive() || depth == LARGEST_DEPTH) {
                messages.warn(entry.path() + (depth == 0 ? " is a directory." : " is nested too deeply."));
                return true;
            }
            return sendDirectory(entry, arguments, depth);
        } catch (VfsException e) {
            messages.warn(e.getMessage());
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
        if (!messages.accepted(String.format("D%04o 0 %s", permissions(entry), name(entry)))) {
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
            messages.warn(e.getMessage());
        }
        return messages.accepted("E");
    }

    private boolean sendFile(FileEntry entry, ScpArguments arguments) throws IOException {
        int number;
        FileDownload download;
        try {
            handles.reserve();
            download = opened(entry.path());
            number = handles.add(new Handles.Download(entry.path(), download));
        } catch (RequestException e) {
            messages.warn(e.getMessage());
            return true;
        }
        try {
            FileEntry version = download.entry();
            if (!sendTimes(version, arguments)) {
                return false;
            }
            if (!messages.accepted(String.format("C%04o %d %s", permissions(version), version.size(), name(version)))) {
                return true;
            }
            sendBytes(download, version.size());
            messages.ok();
            // A client that could not store this file may still want the others.
            messages.clientStatus();
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
            channel.startWorking();
            buffer.clear().limit((int) Math.min(BUFFER, size - offset));
            try {
                if (download.read(offset, buffer) < 0) {
                    throw new EOFException("the file ended early");
                }
            } catch (IOException e) {
                // The size was announced, so the only way to signal that the rest is missing is to stop.
                channel.writeError(("scp: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
                throw new IOException("a download ended early: " + e.getMessage(), e);
            }
            channel.write(buffer.array(), 0, buffer.position());
            offset += buffer.position();
        }
    }

    private boolean sendTimes(FileEntry entry, ScpArguments arguments) throws IOException {
        long seconds = Math.max(0, entry.modified().getEpochSecond());
        return !arguments.times() || messages.accepted("T" + seconds + " 0 " + seconds + " 0");
    }

    private static int permissions(FileEntry entry) {
        return entry.typeAndMode() & 07777;
    }

    private static String name(FileEntry entry) {
        String name = entry.path().isRoot() ? "." : entry.name();
        // As OpenSSH does, since a line feed ends the line.
        return name.replace("\n", "\\^J");
    }
}

package dev.slipway.sftp.command;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileDigest;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.transport.ChannelCommand;
import dev.slipway.sftp.transport.GatewayChannel;
import dev.slipway.sftp.transport.SessionState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Executor;

/**
 * Runs a {@link ChecksumCommand}, and refuses every other command with a message. The output is that of coreutils: a
 * line with the checksum, two spaces and the name. If the name contains a backslash or a line end, these are escaped,
 * and the line begins with a backslash.
 */
public final class ChecksumCommandChannel extends ChannelCommand {
    /** The exit status of a shell that does not find a command. */
    private static final int NOT_FOUND = 127;

    private final VirtualFileSystem files;
    private final String commandLine;
    private volatile boolean gone;

    public ChecksumCommandChannel(
            GatewayChannel channel,
            SessionState session,
            Executor executor,
            VirtualFileSystem files,
            String commandLine) {
        super(channel, session, executor);
        this.files = files;
        this.commandLine = commandLine;
    }

    /** All of it is one request. */
    @Override
    public boolean isBusy() {
        return true;
    }

    @Override
    public void abandon() {
        gone = true;
    }

    @Override
    public int serve() throws IOException {
        ChecksumCommand command;
        try {
            command = ChecksumCommand.parse(commandLine);
        } catch (RequestException e) {
            complain(String.valueOf(e.getMessage()));
            return NOT_FOUND;
        }
        startWorking();
        int status = 0;
        for (String file : command.files()) {
            try {
                print(checksum(command, file), file);
            } catch (VfsException e) {
                complain(file + ": " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }

    private byte[] checksum(ChecksumCommand command, String file) throws IOException {
        if (!file.equals(ChecksumCommand.INPUT)) {
            return files.checksum(VirtualPath.parse(file), command.algorithm(), 0, Long.MAX_VALUE, () -> gone);
        }
        FileDigest digest = FileDigest.of(command.algorithm());
        ByteBuffer bytes = input().next(Integer.MAX_VALUE);
        while (bytes != null) {
            startWorking();
            digest.update(bytes);
            bytes = input().next(Integer.MAX_VALUE);
        }
        startWorking();
        return digest.finish();
    }

    private void print(byte[] checksum, String file) throws IOException {
        String name = file.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        String line = (name.equals(file) ? "" : "\\") + HexFormat.of().formatHex(checksum) + "  " + name + "\n";
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
    }

    private void complain(String message) throws IOException {
        writeError(("slipway: " + message + "\n").getBytes(StandardCharsets.UTF_8));
    }
}

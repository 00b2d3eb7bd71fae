package dev.slipway.sftp.scp;

import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.transport.ChannelCommand;
import dev.slipway.sftp.transport.GatewayChannel;
import dev.slipway.sftp.transport.SessionState;
import java.io.IOException;
import java.util.concurrent.Executor;

/**
 * The server side of {@code scp}'s old protocol: messages of one line each ({@code C} file, {@code D} directory, {@code
 * E} end of directory, {@code T} times), the bytes of a file after its {@code C} line, and a status byte in answer to
 * each of these: 0, or 1 (a warning) or 2 (the end) with a line of text.
 *
 * <p>A received file is committed when all announced bytes and then the sender's status 0 have arrived. The old
 * protocol has no other way to signal that a file is complete; anything else aborts.
 */
public final class ScpChannel extends ChannelCommand {
    private final VirtualFileSystem files;
    private final String commandLine;
    private final Handles handles;

    public ScpChannel(
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
    public boolean isBusy() {
        return true;
    }

    @Override
    public void abandon() {
        handles.closeAll();
    }

    @Override
    public int serve() throws IOException {
        ScpMessages messages = new ScpMessages(this);
        ScpArguments arguments;
        try {
            arguments = ScpArguments.parse(commandLine);
        } catch (RequestException e) {
            messages.end(e.getMessage());
            return 1;
        }
        startWorking();
        ScpPaths paths = new ScpPaths(files);
        if (arguments.receive()) {
            new ScpReceiver(this, files, paths, handles, messages).receive(arguments);
        } else {
            new ScpSender(this, files, paths, handles, messages).send(arguments);
        }
        return messages.hasFailed() ? 1 : 0;
    }
}

package dev.slipway.sftp;

import java.io.IOException;
import java.util.List;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.ChannelSession;

/**
 * A session channel that starts the SFTP subsystem or scp and does nothing else: no shell, no terminal, no forwarding of
 * agents or displays, no environment.
 */
final class GatewayChannel extends ChannelSession {
    /** Makes such channels. */
    static final class Factory implements ChannelFactory {
        @Override
        public String getName() {
            return "session";
        }

        @Override
        public Channel createChannel(Session session) {
            return new GatewayChannel();
        }
    }

    private GatewayChannel() {
        super(List.of());
    }

    /** The library's own limit is off by one, and ends the session with all that is under way in it. */
    @Override
    public OpenFuture open(long recipient, long windowSize, long packetSize, Buffer buffer) {
        SessionState session = SessionState.of(getServerSession());
        if (session.takeChannel()) {
            addCloseFutureListener(closed -> session.returnChannel());
            return super.open(recipient, windowSize, packetSize, buffer);
        }
        OpenFuture refused = new DefaultOpenFuture(this, null);
        refused.setException(new SshChannelOpenException(
                getChannelId(), SshConstants.SSH_OPEN_RESOURCE_SHORTAGE, "too many channels in this session"));
        close(true);
        return refused;
    }

    @Override
    protected RequestHandler.Result handleInternalRequest(String requestType, boolean wantReply, Buffer buffer)
            throws IOException {
        return switch (requestType) {
            case Channel.CHANNEL_SUBSYSTEM, Channel.CHANNEL_EXEC ->
                super.handleInternalRequest(requestType, wantReply, buffer);
            default -> RequestHandler.Result.ReplyFailure;
        };
    }

    @Override
    protected RequestHandler.Result handleExecParsed(String request, String commandLine) throws IOException {
        return ScpArguments.isScp(commandLine)
                ? super.handleExecParsed(request, commandLine)
                : RequestHandler.Result.ReplyFailure;
    }

    /** Some clients end their input twice (Go's), which the library would log as a warning each time. */
    @Override
    public void handleEof() throws IOException {
        if (!isEofSignalled()) {
            super.handleEof();
        }
    }

    @Override
    protected void closeShell(int exitStatus, boolean immediately) throws IOException {
        if (getSession().isOpen()) {
            super.closeShell(exitStatus, immediately);
        } else {
            commandExitFuture.setClosed();
        }
    }
}

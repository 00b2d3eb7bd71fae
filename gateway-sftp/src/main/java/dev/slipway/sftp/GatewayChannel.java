package dev.slipway.sftp;

import java.io.IOException;
import java.time.Duration;
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
 * A session channel that starts the SFTP subsystem or one of our few commands and, for administrators alone, a shell with
 * or without a terminal. No forwarding of agents or displays, no environment.
 */
final class GatewayChannel extends ChannelSession {
    /** Makes such channels. */
    static final class Factory implements ChannelFactory {
        private final WindowMemory memory;

        Factory(WindowMemory memory) {
            this.memory = memory;
        }

        @Override
        public String getName() {
            return "session";
        }

        @Override
        public Channel createChannel(Session session) {
            return new GatewayChannel(memory);
        }
    }

    // RFC 4254 sections 6.2, 6.7 and 6.9.
    private static final String CHANNEL_PTY = "pty-req";
    private static final String CHANNEL_RESIZED = "window-change";
    private static final String CHANNEL_SIGNAL = "signal";

    private final ReceiveWindow window;
    private long openedNanos;

    private GatewayChannel(WindowMemory memory) {
        super(List.of());
        window = new ReceiveWindow(this, memory);
    }

    /** Ours, which grows, instead of the library's. */
    @Override
    public ReceiveWindow getLocalWindow() {
        return window;
    }

    @Override
    protected void configureWindow() {
        window.init(this);
    }

    void adjustWindow(long bytes) throws IOException {
        sendWindowAdjust(bytes);
    }

    /** The library's own limit is off by one, and ends the session with all that is under way in it. */
    @Override
    public OpenFuture open(long recipient, long windowSize, long packetSize, Buffer buffer) {
        SessionState session = SessionState.of(getServerSession());
        if (!session.isLoggedIn()) {
            // Sent away: the end of the connection, and its reason, is under way and the only answer.
            return new DefaultOpenFuture(this, null);
        }
        if (!session.takeChannel()) {
            return refused("too many channels in this session");
        }
        if (!window.reserve()) {
            session.returnChannel();
            return refused("all memory for channels is in use");
        }
        addCloseFutureListener(closed -> {
            window.giveBack();
            session.returnChannel();
        });
        setChannelStreamWriterResolver(
                (channel, command) -> session.pendingWrites().writer(channel));
        openedNanos = System.nanoTime();
        return super.open(recipient, windowSize, packetSize, buffer);
    }

    /** The client is told the code alone, by the library. */
    private OpenFuture refused(String reason) {
        log.warn("{}: a channel was refused: {}", getServerSession(), reason);
        OpenFuture refused = new DefaultOpenFuture(this, null);
        refused.setException(
                new SshChannelOpenException(getChannelId(), SshConstants.SSH_OPEN_RESOURCE_SHORTAGE, reason));
        close(true);
        return refused;
    }

    @Override
    protected RequestHandler.Result handleInternalRequest(String requestType, boolean wantReply, Buffer buffer)
            throws IOException {
        return switch (requestType) {
            case Channel.CHANNEL_SUBSYSTEM, Channel.CHANNEL_EXEC -> {
                // Clients ask for this as soon as they hear that the channel is open, and cannot do so before.
                window.roundTrip(Duration.ofNanos(System.nanoTime() - openedNanos));
                yield super.handleInternalRequest(requestType, wantReply, buffer);
            }
            case CHANNEL_PTY, Channel.CHANNEL_SHELL, CHANNEL_RESIZED, CHANNEL_SIGNAL -> {
                if (!SessionState.of(getServerSession()).mayHaveShell()) {
                    yield RequestHandler.Result.ReplyFailure;
                }
                yield super.handleInternalRequest(requestType, wantReply, buffer);
            }
            default -> RequestHandler.Result.ReplyFailure;
        };
    }

    /** Some clients end their input twice (Go's), which the library would log as a warning each time. */
    @Override
    public void handleEof() throws IOException {
        if (!isEofSignalled()) {
            super.handleEof();
        }
    }

    /** The client need not have waited for the end of the command. */
    @Override
    protected void closeShell(int exitStatus, boolean immediately) throws IOException {
        try {
            super.closeShell(exitStatus, immediately);
        } catch (IOException e) {
            if (!getSession().isClosing()) {
                throw e;
            }
            commandExitFuture.setClosed();
        }
    }
}

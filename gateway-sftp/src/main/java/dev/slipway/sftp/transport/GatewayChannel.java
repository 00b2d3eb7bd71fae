package dev.slipway.sftp.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
 * A session channel that starts the SFTP subsystem, one of a few commands or, for administrators only, a shell with or
 * without a terminal. It supports neither agent or display forwarding nor environment variables.
 */
public final class GatewayChannel extends ChannelSession {
    /** Makes such channels. */
    public static final class Factory implements ChannelFactory {
        private final WindowMemory memory;

        public Factory(WindowMemory memory) {
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

    /**
     * The largest packets that we send. Clients announce 16 or 32 KiB. The library buffers data until it fills such a
     * packet, so a client that announces more would decide how much memory that takes.
     */
    private static final long LARGEST_PACKET = 64 * 1024;

    private final ReceiveWindow window;

    /** The channel itself and its command: whichever ends last frees what the channel took. */
    private final AtomicInteger holders = new AtomicInteger(1);

    /** A command may start just when the channel has been closed. */
    private final AtomicBoolean givenBack = new AtomicBoolean();

    /** Of the session, whose state is gone when it has ended. */
    private volatile Runnable giveUpPlace = () -> {};

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

    /** The library's own limit is off by one, and ends the session with everything in it. */
    @Override
    public OpenFuture open(long recipient, long windowSize, long packetSize, Buffer buffer) {
        SessionState session = SessionState.of(getServerSession());
        if (!session.isLoggedIn()) {
            // Refused: the disconnect message with the reason is on its way and is the only answer.
            return new DefaultOpenFuture(this, null);
        }
        if (!session.takeChannel()) {
            return refused("too many channels in this session");
        }
        if (!window.reserve()) {
            session.returnChannel();
            return refused("the memory for channels is used up");
        }
        giveUpPlace = session::returnChannel;
        addCloseFutureListener(_ -> letGo());
        setChannelStreamWriterResolver(
                (channel, command) -> session.pendingWrites().writer(channel));
        openedNanos = System.nanoTime();
        return super.open(recipient, windowSize, Math.min(packetSize, LARGEST_PACKET), buffer);
    }

    /**
     * A command has started. Its place and its memory stay taken until {@link #letGo}, even if the client closes the
     * channel.
     */
    public void hold() {
        holders.incrementAndGet();
    }

    /** The channel was closed, or its command has ended. */
    void letGo() {
        if (holders.decrementAndGet() == 0 && !givenBack.getAndSet(true)) {
            window.giveBack();
            giveUpPlace.run();
        }
    }

    /** The library sends the client only the code. */
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
                // Clients send this request right after the channel is opened, and cannot send it earlier.
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

package dev.slipway.sftp.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command that runs on its own thread for as long as its channel lives.
 *
 * <p>That thread is never interrupted, so that no call into the file system, least of all a commit, is torn apart. When
 * the channel is gone, its input ends, its output fails, and {@link #abandon} closes what is open, which unblocks
 * calls.
 */
public abstract class ChannelCommand implements Command {
    private static final Logger log = LoggerFactory.getLogger(ChannelCommand.class);

    private final GatewayChannel channel;
    private final SessionState session;
    private final Executor executor;
    private final ChannelInput input;

    /** Held while a whole answer is written. */
    private final ReentrantLock outputLock = new ReentrantLock();

    private @Nullable OutputStream output;
    private @Nullable OutputStream errors;
    private @Nullable ExitCallback exit;
    private volatile boolean working;

    /** @param executor gives each task a thread that may block */
    public ChannelCommand(GatewayChannel channel, SessionState session, Executor executor) {
        this.channel = channel;
        this.session = session;
        this.executor = executor;
        this.input = new ChannelInput(channel.getLocalWindow(), this::beforeWaiting);
        channel.setDataReceiver(input);
    }

    /**
     * Serves the channel until the client has ended its input, and closes what is still open.
     *
     * @return the exit status
     * @throws IOException if the channel is gone or the client breaks the protocol
     */
    public abstract int serve() throws IOException;

    /** Handles a client's change of the channel, on the I/O thread. */
    public void prepare(Environment environment) {}

    /** Closes what is open. Called when the channel is gone, from a thread other than {@link #serve}'s. */
    public abstract void abandon();

    /** Waits until work on other threads has ended. Called when the command has ended. */
    public void awaitWork() {}

    /** Whether the command is working, rather than waiting for the client. */
    public boolean isWorking() {
        return working;
    }

    /** Whether the end of the session would interrupt something. */
    public boolean isBusy() {
        return isWorking();
    }

    public final SessionState session() {
        return session;
    }

    public final ChannelInput input() {
        return input;
    }

    /** Called before each wait for the client. */
    public void beforeWaiting() throws IOException {
        flush();
        working = false;
    }

    /** To be called when a request of the client has arrived. */
    public final void startWorking() {
        working = true;
    }

    /**
     * Sends bytes, or buffers them until a packet is full or {@link #flush} is called. Blocks while the client does not
     * read.
     */
    public final void write(byte[] bytes, int start, int length) throws IOException {
        boolean before = working;
        working = false;
        outputLock.lock();
        try {
            stream(output).write(bytes, start, length);
        } finally {
            outputLock.unlock();
        }
        working = before;
    }

    public final void flush() throws IOException {
        boolean before = working;
        working = false;
        outputLock.lock();
        try {
            stream(output).flush();
        } finally {
            outputLock.unlock();
        }
        working = before;
    }

    /** Sends bytes at once, from a thread other than the serving one. Blocks while the client does not read. */
    public final void writeBeside(byte[] bytes, int start, int length) throws IOException {
        outputLock.lock();
        try {
            stream(output).write(bytes, start, length);
            stream(output).flush();
        } finally {
            outputLock.unlock();
        }
    }

    public final void writeError(byte[] bytes) throws IOException {
        OutputStream stream = stream(errors);
        stream.write(bytes);
        stream.flush();
    }

    private static OutputStream stream(@Nullable OutputStream stream) {
        if (stream == null) {
            throw new IllegalStateException("the channel was not opened");
        }
        return stream;
    }

    @Override
    public final void start(ChannelSession started, Environment environment) {
        prepare(environment);
        session.started(this);
        channel.hold();
        boolean running = false;
        try {
            executor.execute(this::run);
            running = true;
        } finally {
            if (!running) {
                channel.letGo();
            }
        }
    }

    private void run() {
        session.markThread();
        int status = 1;
        try {
            status = serve();
            flush();
        } catch (IOException e) {
            log.debug("{}: the channel ended: {}", channel, e.getMessage());
        } catch (RuntimeException e) {
            log.error("{}: the channel ended because of an internal error", channel, e);
        } finally {
            abandon();
            session.ended(this);
            try {
                ExitCallback callback = exit;
                if (callback != null) {
                    callback.onExit(status);
                }
            } finally {
                awaitWork();
                channel.letGo();
            }
        }
    }

    @Override
    public final void destroy(ChannelSession destroyed) {
        input.discard();
        // Closing an upload waits for its parts in flight: not on the I/O thread.
        executor.execute(this::abandon);
    }

    @Override
    public final void setInputStream(InputStream stream) {
        // the data receiver is used instead
    }

    @Override
    public final void setOutputStream(OutputStream stream) {
        output = stream;
    }

    @Override
    public final void setErrorStream(OutputStream stream) {
        errors = stream;
    }

    @Override
    public final void setExitCallback(ExitCallback callback) {
        exit = callback;
    }
}

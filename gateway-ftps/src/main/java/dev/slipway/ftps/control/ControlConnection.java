package dev.slipway.ftps.control;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.ftpserver.impl.FtpIoSession;
import org.apache.mina.core.future.WriteFuture;
import org.apache.mina.core.session.IdleStatus;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.transport.socket.nio.NioSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The network's side of a session: sends replies, starts TLS, and ends the connection. */
final class ControlConnection {
    private static final Logger log = LoggerFactory.getLogger(ControlConnection.class);
    private static final String TLS_FILTER = "tls";

    /** How long a client may take to read the last replies. */
    private static final Duration PARTING = Duration.ofSeconds(10);

    /** How often a thread that waits for a reply to be sent checks the connection. */
    private static final long REPLY_CHECK_MILLIS = 100;

    private final FtpIoSession ftp;
    private final IoSession io;
    private final InetAddress client;
    private final Duration idleTimeout;
    private final ScheduledExecutorService timer;
    private volatile @Nullable WriteFuture lastReply;

    /** The last reply, also of those that were sent while a command was running. */
    private volatile @Nullable WriteFuture lastWrite;

    /** @param ftp wraps {@code io} */
    ControlConnection(
            FtpIoSession ftp, IoSession io, InetAddress client, Duration idleTimeout, ScheduledExecutorService timer) {
        this.ftp = ftp;
        this.io = io;
        this.client = client;
        this.idleTimeout = idleTimeout;
        this.timer = timer;
    }

    /** As the library's commands know it. */
    FtpIoSession ftp() {
        return ftp;
    }

    void reply(Reply reply) {
        WriteFuture written = ftp.write(reply);
        lastReply = written;
        lastWrite = written;
    }

    /** Sends a reply at once, while a command is running. */
    void replyBeside(Reply reply) {
        lastWrite = ftp.write(reply);
    }

    /** Does something once the replies so far are sent; never, if the connection ends before. Does not block. */
    void whenSent(Runnable action) {
        WriteFuture last = lastWrite;
        if (last == null) {
            action.run();
        } else {
            last.addListener(_ -> action.run());
        }
    }

    boolean hasUnsentReplies() {
        return io.getScheduledWriteBytes() != 0;
    }

    /** Waits until the last reply is sent: unread replies must not accumulate. */
    void awaitReplies() {
        WriteFuture last = lastReply;
        if (last == null) {
            return;
        }
        long start = System.nanoTime();
        long limit = idleTimeout.toNanos();
        // MINA never completes a reply that is written while the connection closes.
        while (!last.awaitUninterruptibly(REPLY_CHECK_MILLIS) && io.isConnected()) {
            if (System.nanoTime() - start >= limit) {
                log.info("{} does not read its replies; closing the session", client);
                io.closeNow();
                return;
            }
        }
    }

    /** Puts TLS around everything from here on, except the reply {@link TlsFilter#START_TLS}. */
    void startTls(TlsFilter filter) {
        filter.start(io, TLS_FILTER);
    }

    /** Drops what was decoded in part. */
    void resetDecoder() {
        ControlCodec.decoder(io).reset();
    }

    /** Reports silence after this time from now on, of a client that is logged in. */
    void watchIdleTime() {
        io.getConfig().setIdleTime(IdleStatus.BOTH_IDLE, (int) idleTimeout.toSeconds());
    }

    boolean isClosing() {
        return io.isClosing();
    }

    /** Ends the connection when all replies are sent. */
    void hangUp() {
        if (io.getFilterChain().get(TLS_FILTER) instanceof TlsFilter filter) {
            filter.closeOutbound(io);
        }
        io.closeOnFlush();
        Future<?> overdue = timer.schedule(io::closeNow, PARTING.toMillis(), TimeUnit.MILLISECONDS);
        io.getCloseFuture().addListener(_ -> overdue.cancel(false));
    }

    void closeNow() {
        io.closeNow();
    }

    /** Waits until the end of the connection has been processed, if it has reached this machine. */
    void settle() {
        if (io instanceof NioSession nio && nio.getProcessor() instanceof ControlProcessors processors) {
            processors.settle(nio);
        }
    }
}

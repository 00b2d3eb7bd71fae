package dev.slipway.ftps.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.filterchain.IoFilterAdapter;
import org.apache.mina.core.session.IoSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether a client starts TLS with its first byte. Such a client sends its ClientHello at once; any other
 * waits for the greeting. So the session begins with the first byte, or at the end of the window. The first byte of a
 * TLS record is not a character of a command. The filter removes itself once it has decided.
 */
final class ImplicitTlsDetection extends IoFilterAdapter {
    private static final Logger log = LoggerFactory.getLogger(ImplicitTlsDetection.class);
    private static final String NAME = "implicit TLS detection";
    private static final int TLS_HANDSHAKE = 22;

    /** Begins the session. */
    @FunctionalInterface
    interface Beginning {
        void begin(boolean implicit) throws IOException;
    }

    private final Beginning beginning;

    @GuardedBy("this")
    private boolean decided;

    @GuardedBy("this")
    private @Nullable Future<?> windowEnd;

    private ImplicitTlsDetection(Beginning beginning) {
        this.beginning = beginning;
    }

    /** Called by the connection's I/O thread; the session begins on that thread, or on the timer's. */
    static void start(IoSession io, Duration window, ScheduledExecutorService timer, Beginning beginning) {
        ImplicitTlsDetection detection = new ImplicitTlsDetection(beginning);
        io.getFilterChain().addFirst(NAME, detection);
        synchronized (detection) {
            detection.windowEnd =
                    timer.schedule(() -> detection.windowIsOver(io), window.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void windowIsOver(IoSession io) {
        try {
            if (!decided && !io.isClosing()) {
                decide(io, false);
            }
        } catch (IOException | RuntimeException e) {
            log.error("The session of {} cannot start", io.getRemoteAddress(), e);
            io.closeNow();
        }
    }

    @GuardedBy("this")
    private void decide(IoSession io, boolean implicit) throws IOException {
        decided = true;
        if (windowEnd != null) {
            windowEnd.cancel(false);
        }
        io.getFilterChain().remove(this);
        beginning.begin(implicit);
    }

    @Override
    public void messageReceived(NextFilter next, IoSession io, Object message) throws IOException {
        IoBuffer bytes = (IoBuffer) message;
        synchronized (this) {
            if (!decided) {
                decide(io, bytes.get(bytes.position()) == TLS_HANDSHAKE);
                io.getFilterChain().fireMessageReceived(bytes);
                return;
            }
        }
        next.messageReceived(io, message);
    }
}

package dev.slipway.ftps.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.ftps.data.DataChannel;
import dev.slipway.ftps.data.DataPort;
import dev.slipway.ftps.data.Transfer;
import dev.slipway.ftps.tls.ConnectionTls;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The data connections of a session: whether they are protected, which one comes next, and the transfer that uses it.
 * Fields belong to the session's thread unless noted otherwise.
 */
public final class DataConnections {
    /** How many times per idle timeout a transfer is checked. */
    private static final int STALL_CHECKS = 10;

    private final Environment environment;
    private final ConnectionTls tls;
    private final CommandQueue queue;
    private boolean protectionNegotiable;
    private boolean dataProtected;

    /** What PASV or PORT has arranged. */
    @GuardedBy("this")
    private @Nullable DataPort port;

    @GuardedBy("this")
    private @Nullable DataPort retired;

    @GuardedBy("this")
    private boolean closed;

    /** @param dataProtected whether data connections have TLS from the beginning */
    DataConnections(Environment environment, ConnectionTls tls, CommandQueue queue, boolean dataProtected) {
        this.environment = environment;
        this.tls = tls;
        this.queue = queue;
        this.dataProtected = dataProtected;
    }

    /** TLS has started on the control connection. */
    public void startTls(boolean protectData) {
        protectionNegotiable = false;
        dataProtected = protectData;
    }

    /** After PBSZ. */
    public void allowProtection() {
        protectionNegotiable = true;
    }

    public boolean isProtectionNegotiable() {
        return protectionNegotiable;
    }

    public void setProtected(boolean newProtected) {
        if (dataProtected != newProtected) {
            dataProtected = newProtected;
            setPort(null); // it is for connections of the other kind
        }
    }

    public boolean isProtected() {
        return dataProtected;
    }

    /**
     * Creates the channels of data connections that are arranged from now on.
     *
     * @param closeNotifyRequired whether one without close_notify is incomplete
     */
    public DataChannel.Factory channels(boolean closeNotifyRequired) {
        if (!dataProtected) {
            return DataChannel.Factory.plain();
        }
        return DataChannel.Factory.tls(tls, closeNotifyRequired, environment.buffers(), environment.records());
    }

    /** Replaces what an earlier PASV or PORT has arranged. */
    public void setPort(@Nullable DataPort next) {
        DataPort before;
        boolean late;
        synchronized (this) {
            before = port;
            late = closed;
            port = late ? null : next;
        }
        close(before);
        if (late) {
            close(next);
        }
    }

    public synchronized @Nullable DataPort takePort() {
        DataPort taken = port;
        port = null;
        return taken;
    }

    /**
     * Takes the port of a transfer that was refused, and leaves it open until the next command. Clients that start TLS
     * on the data connection at once, as curl does, would report its end as the failure and never read the reply.
     */
    public void retire(DataPort refused) {
        boolean late;
        synchronized (this) {
            late = closed;
            if (!late) {
                retired = refused;
            }
        }
        if (late) {
            refused.close();
        }
    }

    void closeRetired() {
        DataPort over;
        synchronized (this) {
            over = retired;
            retired = null;
        }
        close(over);
    }

    /** Creates a transfer that ABOR and the end of the session abort, until {@link #endTransfer}. */
    public Transfer beginTransfer() {
        Duration patience = environment.settings().idleTimeout();
        Transfer begun = new Transfer(environment.executor());
        // whatever happens on the control connection: clients send NOOP there to keep it open
        begun.watch(environment
                .timer()
                .scheduleWithFixedDelay(
                        () -> begun.abortIfStalled(patience),
                        patience.toMillis() / STALL_CHECKS,
                        patience.toMillis() / STALL_CHECKS,
                        TimeUnit.MILLISECONDS));
        queue.begin(begun);
        return begun;
    }

    public void endTransfer() {
        queue.endTransfer();
    }

    /** The control connection is gone. May be called by any thread; ports are closed by another one. */
    public void close() {
        DataPort unused;
        synchronized (this) {
            closed = true;
            unused = port;
            port = null;
        }
        environment.executor().execute(() -> {
            close(unused);
            closeRetired();
        });
    }

    private static void close(@Nullable DataPort port) {
        if (port != null) {
            port.close();
        }
    }
}

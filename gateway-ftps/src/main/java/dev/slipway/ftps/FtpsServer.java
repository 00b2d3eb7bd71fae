package dev.slipway.ftps;

import dev.slipway.core.Protocol;
import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.operator.SiteCommands;
import dev.slipway.core.vfs.FileSystems;
import dev.slipway.ftps.command.CommandTable;
import dev.slipway.ftps.control.ControlListener;
import dev.slipway.ftps.control.Environment;
import dev.slipway.ftps.control.SessionThreads;
import dev.slipway.ftps.data.BufferPool;
import dev.slipway.ftps.data.PassivePorts;
import dev.slipway.ftps.tls.TlsContexts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerConfigurationException;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.listener.Listener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The FTP and FTPS server: explicit TLS, implicit TLS, and plain FTP where the settings allow it. An upload becomes a
 * file only if the client itself has signalled its end, and the reply 226 comes only after the file system has
 * confirmed it. Safe for use by several threads; started at most once.
 *
 * <p>Names are UTF-8; other commands are refused. Names with a carriage return or a line feed cannot be expressed in
 * FTP: listings leave them out, and other protocols show them.
 */
public final class FtpsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FtpsServer.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);
    private static final long DRAIN_CHECK_MILLIS = 100;

    /** How long clients may take to log in once the server drains. */
    private static final Duration LOGIN_WHILE_DRAINING = Duration.ofSeconds(5);

    private final SessionThreads threads = new SessionThreads();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("ftp-timer").daemon().factory());
    private final TlsContexts tls;
    private final PassivePorts passivePorts;
    private final ConnectionAdmission admission;
    private final @Nullable ControlListener explicit;
    private final @Nullable ControlListener implicit;
    private final FtpServer server;

    /**
     * Creates a server that does not listen yet, without load balancers in front.
     *
     * @param tls called for each control connection, so that new sessions use changed certificates; returns the same
     *     object as long as nothing has changed, since clients can only resume sessions of the same one
     * @throws UnknownHostException the host name to listen on has no address
     */
    public FtpsServer(
            FtpsSettings settings,
            Accounts accounts,
            Sessions sessions,
            FileSystems fileSystems,
            Supplier<TlsIdentity> tls)
            throws UnknownHostException {
        this(settings, ProxyProtocol.OFF, accounts, sessions, fileSystems, tls, null);
    }

    /**
     * As above, with further SITE commands for accounts with the option {@code PUSH}.
     *
     * @param settings with at least one port
     * @param proxies networks whose control and passive data connections begin with a header that carries the client's
     *     address
     * @param siteCommands null for none
     * @throws UnknownHostException the host name to listen on has no address
     */
    public FtpsServer(
            FtpsSettings settings,
            ProxyProtocol proxies,
            Accounts accounts,
            Sessions sessions,
            FileSystems fileSystems,
            Supplier<TlsIdentity> tls,
            @Nullable SiteCommands siteCommands)
            throws UnknownHostException {
        if (!settings.isOn()) {
            throw new IllegalArgumentException("ftps.explicitPort and ftps.implicitPort are both off");
        }
        this.admission = new ConnectionAdmission(Protocol.FTPS, settings.connections());
        timer.setRemoveOnCancelPolicy(true);
        timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // closed
        this.tls = new TlsContexts(settings, tls);
        this.passivePorts = new PassivePorts(settings, proxies);
        Environment environment = new Environment(
                settings,
                InetAddress.getByName(settings.bind()),
                proxies,
                accounts,
                sessions,
                fileSystems,
                this.tls,
                passivePorts,
                BufferPool.direct(),
                BufferPool.heap(),
                threads,
                timer,
                admission,
                siteCommands);
        this.explicit = settings.explicitPort().isOn()
                ? new ControlListener(environment, settings.explicitPort().number(), false)
                : null;
        this.implicit = settings.implicitPort().isOn()
                ? new ControlListener(environment, settings.implicitPort().number(), true)
                : null;
        FtpServerFactory factory = new FtpServerFactory();
        Map<String, Listener> listeners = new LinkedHashMap<>();
        if (explicit != null) {
            listeners.put("explicit", explicit);
        }
        if (implicit != null) {
            listeners.put("implicit", implicit);
        }
        factory.setListeners(listeners);
        factory.setCommandFactory(CommandTable.create());
        this.server = factory.createServer();
    }

    /**
     * Binds all ports; when this returns, clients can connect.
     *
     * @throws IOException if a port cannot be bound; then none is
     */
    public void start() throws IOException {
        try {
            server.start();
        } catch (FtpException | FtpServerConfigurationException e) {
            close();
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The port for explicit TLS and plain FTP, once started; empty if the settings have none. */
    public OptionalInt explicitPort() {
        return explicit == null ? OptionalInt.empty() : OptionalInt.of(explicit.getPort());
    }

    /** The port for implicit TLS, once started; empty if the settings have none. */
    public OptionalInt implicitPort() {
        return implicit == null ? OptionalInt.empty() : OptionalInt.of(implicit.getPort());
    }

    /** The number of open control connections, including those that have not logged in. */
    public int openConnections() {
        return admission.open();
    }

    /** Decides which control connections are admitted, over all listeners. */
    public ConnectionAdmission admission() {
        return admission;
    }

    /**
     * Closes all ports, and ends each session with reply 421 as soon as it is idle: at once, or after its current
     * command, for example a transfer. A client that has just connected has 5 s to log in before its session ends:
     * clients reconnect after a 421, but some give up when a TLS handshake fails. Blocks until all have ended, or until
     * the limit. {@link #close} ends the others.
     *
     * @return whether all have ended
     */
    public boolean drain(Duration limit) throws InterruptedException {
        List<ControlListener> listeners =
                Stream.of(explicit, implicit).filter(Objects::nonNull).toList();
        listeners.forEach(ControlListener::suspend);
        passivePorts.close();
        long start = System.nanoTime();
        long end = start + limit.toNanos();
        do {
            // Repeatedly, since a session may just have been accepted.
            boolean mayStillLogIn = System.nanoTime() - start < LOGIN_WHILE_DRAINING.toNanos();
            listeners.forEach(mayStillLogIn ? ControlListener::drainLoggedIn : ControlListener::drain);
            if (admission.open() == 0) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(DRAIN_CHECK_MILLIS);
        } while (System.nanoTime() - end < 0);
        return false;
    }

    /**
     * Closes all ports and sessions. Transfers are aborted, except for uploads that are already being committed. Blocks
     * until all have ended, at most 30 s.
     */
    @Override
    public void close() {
        server.stop();
        passivePorts.close();
        timer.shutdownNow();
        try {
            if (!threads.end(CLOSE_LIMIT)) {
                log.warn("FTP sessions were still active {} s after the server was closed", CLOSE_LIMIT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tls.close();
    }
}

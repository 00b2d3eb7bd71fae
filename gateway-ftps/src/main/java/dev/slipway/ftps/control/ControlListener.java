package dev.slipway.ftps.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.net.ConnectionAdmission;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.ftpserver.FtpServerConfigurationException;
import org.apache.ftpserver.impl.FtpIoSession;
import org.apache.ftpserver.impl.FtpServerContext;
import org.apache.ftpserver.listener.nio.AbstractListener;
import org.apache.mina.core.service.IoHandlerAdapter;
import org.apache.mina.core.session.IdleStatus;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.filter.codec.ProtocolCodecException;
import org.apache.mina.filter.codec.ProtocolCodecFilter;
import org.apache.mina.transport.socket.SocketSessionConfig;
import org.apache.mina.transport.socket.nio.NioSocketAcceptor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listening port. Differs from FtpServer's own listener in the codec, in TLS, and in that commands run on a thread
 * of their session ({@link SessionThreads}) and not on a pool that long transfers could fill.
 */
public final class ControlListener extends AbstractListener {
    private static final Logger log = LoggerFactory.getLogger(ControlListener.class);
    private static final int BACKLOG = 1024;

    private final Environment environment;

    /** How long a client has to send the first byte of implicit TLS, on a port that also accepts explicit TLS. */
    private final Optional<Duration> window;

    @GuardedBy("this")
    private @Nullable NioSocketAcceptor acceptor;

    @GuardedBy("this")
    private @Nullable ControlProcessors processors;

    @GuardedBy("this")
    private @Nullable FtpServerContext context;

    @GuardedBy("this")
    private boolean suspended;

    public ControlListener(Environment environment, int port, boolean implicit) {
        super(
                environment.bindAddress().getHostAddress(),
                port,
                implicit,
                null,
                null,
                (int) environment.settings().idleTimeout().toSeconds(),
                null);
        this.environment = environment;
        this.window = implicit || !environment.settings().detectImplicitTls()
                ? Optional.empty()
                : Optional.of(environment.settings().implicitTlsWindow());
        setPort(port);
    }

    @Override
    public synchronized void start(FtpServerContext serverContext) {
        ControlProcessors startingProcessors =
                new ControlProcessors(Math.min(4, Runtime.getRuntime().availableProcessors()));
        NioSocketAcceptor starting = new NioSocketAcceptor(startingProcessors);
        InetSocketAddress address = new InetSocketAddress(environment.bindAddress(), getPort());
        try {
            starting.setReuseAddress(true);
            starting.setBacklog(BACKLOG);
            SocketSessionConfig config = starting.getSessionConfig();
            config.setKeepAlive(true);
            config.setTcpNoDelay(true);
            // ABOR may come as urgent data, of which the last byte is otherwise lost
            config.setOobInline(true);
            config.setIdleTime(IdleStatus.BOTH_IDLE, (int)
                    environment.settings().idleTimeout().toSeconds());
            starting.getFilterChain().addLast("codec", new ProtocolCodecFilter(new ControlCodec()));
            starting.setHandler(new Handler(serverContext));
            starting.bind(address);
        } catch (IOException e) {
            starting.dispose(true);
            startingProcessors.dispose();
            throw new FtpServerConfigurationException(
                    "cannot listen for FTP on " + address.getAddress().getHostAddress() + " port " + getPort() + ": "
                            + e.getMessage(),
                    e);
        }
        acceptor = starting;
        processors = startingProcessors;
        context = serverContext;
        setPort(starting.getLocalAddress().getPort());
        String security = isImplicitSsl() ? "implicit" : window.isPresent() ? "implicit or explicit" : "explicit";
        log.info("FTP with {} TLS on {}", security, starting.getLocalAddress());
    }

    @Override
    public synchronized void stop() {
        if (acceptor != null) {
            acceptor.unbind();
            acceptor.dispose(true);
            acceptor = null;
            context = null;
        }
        if (processors != null) {
            processors.dispose();
            processors = null;
        }
    }

    @Override
    public synchronized boolean isStopped() {
        return acceptor == null;
    }

    @Override
    public synchronized void suspend() {
        if (acceptor != null && !suspended) {
            acceptor.setCloseOnDeactivation(false);
            acceptor.unbind();
            suspended = true;
        }
    }

    @Override
    public synchronized void resume() {
        if (acceptor != null && suspended) {
            try {
                acceptor.bind(new InetSocketAddress(environment.bindAddress(), getPort()));
                suspended = false;
            } catch (IOException e) {
                throw new FtpServerConfigurationException("cannot listen again: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public synchronized boolean isSuspended() {
        return suspended;
    }

    @Override
    public synchronized Set<FtpIoSession> getActiveSessions() {
        Set<FtpIoSession> sessions = new HashSet<>();
        if (acceptor != null) {
            for (IoSession session : acceptor.getManagedSessions().values()) {
                sessions.add(new FtpIoSession(session, context));
            }
        }
        return sessions;
    }

    /** Ends all sessions as soon as they are idle. Does not wait for them. */
    public void drain() {
        forEachSession(Session::drain);
    }

    /** Ends the sessions in which somebody is logged in as soon as they are idle. Does not wait for them. */
    public void drainLoggedIn() {
        forEachSession(Session::drainIfLoggedIn);
    }

    private synchronized void forEachSession(Consumer<Session> action) {
        if (acceptor != null) {
            for (IoSession io : acceptor.getManagedSessions().values()) {
                Session session = Session.of(io);
                if (session != null) {
                    action.accept(session);
                }
            }
        }
    }

    /** Called by MINA's I/O threads: nothing here blocks. */
    private final class Handler extends IoHandlerAdapter {
        private final FtpServerContext serverContext;

        Handler(FtpServerContext serverContext) {
            this.serverContext = serverContext;
        }

        @Override
        public void sessionOpened(IoSession io) throws IOException {
            InetAddress peer = ((InetSocketAddress) io.getRemoteAddress()).getAddress();
            boolean headerComes = environment.proxies().isExpectedFrom(peer);
            ConnectionAdmission.Decision decision = headerComes
                    ? environment.admission().acceptProxied(peer)
                    : environment.admission().accept(peer);
            switch (decision) {
                case ConnectionAdmission.Refusal reason -> refuse(io, reason);
                case ConnectionAdmission.Admitted place -> {
                    io.getCloseFuture().addListener(_ -> place.close());
                    Future<?> overdue = environment
                            .timer()
                            .schedule(
                                    () -> endUnlessLoggedIn(io),
                                    environment
                                            .settings()
                                            .authenticationTimeout()
                                            .toMillis(),
                                    TimeUnit.MILLISECONDS);
                    io.getCloseFuture().addListener(_ -> overdue.cancel(false));
                    if (headerComes) {
                        io.getFilterChain()
                                .addFirst("proxy header", new ProxyHeaderFilter(client -> identify(io, place, client)));
                    } else {
                        arrived(io, place, peer);
                    }
                }
            }
        }

        private void identify(IoSession io, ConnectionAdmission.Admitted place, InetAddress client) throws IOException {
            Optional<ConnectionAdmission.Refusal> refusal = place.identify(client);
            if (refusal.isPresent()) {
                refuse(io, refusal.get());
            } else {
                arrived(io, place, client);
            }
        }

        private void arrived(IoSession io, ConnectionAdmission.Admitted place, InetAddress client) throws IOException {
            if (window.isEmpty()) {
                begin(io, place, client, isImplicitSsl());
                return;
            }
            ImplicitTlsDetection.start(io, window.get(), environment.timer(), implicit -> {
                begin(io, place, client, implicit);
                Session session = Session.of(io);
                if (session != null && io.getCloseFuture().isClosed()) {
                    session.closed(); // it may have ended before there was a session to end with it
                }
            });
        }

        private void begin(IoSession io, ConnectionAdmission.Admitted place, InetAddress client, boolean implicit)
                throws IOException {
            Session.begin(environment, new FtpIoSession(io, serverContext), io, serverContext, implicit, client, place);
        }

        private void refuse(IoSession io, ConnectionAdmission.Refusal reason) {
            if (!isImplicitSsl()) {
                io.write(new Reply(421, reason.message()));
            }
            io.closeOnFlush();
        }

        private void endUnlessLoggedIn(IoSession io) {
            Session session = Session.of(io);
            if (session != null) {
                session.endUnlessLoggedIn();
            } else {
                io.closeNow();
            }
        }

        @Override
        public void messageReceived(IoSession io, Object message) {
            Session session = Session.of(io);
            if (session != null && message instanceof Input input) {
                session.received(input);
            }
        }

        @Override
        public void sessionIdle(IoSession io, IdleStatus status) {
            Session session = Session.of(io);
            if (session != null) {
                session.idle();
            } else {
                io.closeNow();
            }
        }

        @Override
        public void sessionClosed(IoSession io) {
            Session session = Session.of(io);
            if (session != null) {
                session.closed();
            }
        }

        @Override
        public void exceptionCaught(IoSession io, Throwable thrown) {
            // MINA's exception quotes the bytes that were received, passwords included.
            Throwable cause = thrown instanceof ProtocolCodecException codec && codec.getCause() != null
                    ? codec.getCause()
                    : thrown;
            if (cause instanceof IOException) {
                log.debug("The control connection of {} broke: {}", io.getRemoteAddress(), cause.toString());
            } else {
                log.error("The session of {} is closed because of an internal error", io.getRemoteAddress(), cause);
            }
            io.closeNow();
        }
    }
}

package dev.slipway.ftps;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Protocol;
import dev.slipway.core.VfsException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Login;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.ftpserver.command.Command;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.impl.FtpIoSession;
import org.apache.ftpserver.impl.FtpServerContext;
import org.apache.mina.core.future.WriteFuture;
import org.apache.mina.core.session.AttributeKey;
import org.apache.mina.core.session.IdleStatus;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.transport.socket.nio.NioSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One control connection. The I/O thread hands lines to {@link #received}; a thread that the session has only while
 * there is work runs them one after the other and may block, transfers included. So the connection stays readable
 * during a transfer: ABOR takes effect on arrival and is answered in its turn.
 *
 * <p>Fields belong to that thread unless noted otherwise.
 */
final class Session {
    private static final Logger log = LoggerFactory.getLogger(Session.class);
    private static final AttributeKey KEY = new AttributeKey(Session.class, "session");
    private static final String TLS_FILTER = "tls";
    private static final int MAX_FAILED_LOGINS = 3;

    /** Clients send about ten before they log in. */
    private static final int MAX_COMMANDS_BEFORE_LOGIN = 100;

    static final String LOGIN_TOOK_TOO_LONG = "Login timeout; closing control connection.";

    /**
     * Maximum size of commands waiting behind the running one, in bytes: of a client that is logged in, and of any
     * other.
     */
    private static final int MAX_PENDING = 256 * 1024;

    private static final int MAX_PENDING_BEFORE_LOGIN = 36 * 1024;

    /** How long a client may take to read the last replies. */
    private static final Duration PARTING = Duration.ofSeconds(10);

    /** How many times per idle timeout a transfer is checked. */
    private static final int STALL_CHECKS = 10;

    /** How often a thread that waits for a reply to be sent checks the connection. */
    private static final long REPLY_CHECK_MILLIS = 100;

    private final Environment environment;
    private final FtpIoSession ftp;
    private final IoSession io;
    private final FtpServerContext context;
    private final ConnectionTls tls;
    private final boolean implicit;
    private final InetAddress client;
    private final ConnectionAdmission.Admitted place;
    private final InetAddress local;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Deque<Input> pending = new ArrayDeque<>();

    @GuardedBy("lock")
    private int pendingWeight;

    @GuardedBy("lock")
    private boolean running;

    @GuardedBy("lock")
    private boolean discarding;

    @GuardedBy("lock")
    private boolean secured;

    @GuardedBy("lock")
    private boolean draining;

    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private @Nullable Transfer transfer;

    @GuardedBy("lock")
    private @Nullable DataPort dataPort;

    @GuardedBy("lock")
    private @Nullable DataPort retired;

    @GuardedBy("lock")
    private @Nullable AccountSession login;

    @GuardedBy("lock")
    private @Nullable Future<?> nextLogin;

    private volatile @Nullable WriteFuture lastReply;
    private @Nullable String userName;
    private @Nullable VirtualFileSystem files;
    private int failedLogins;
    private int commandsBeforeLogin;
    private final CommandState state;
    private boolean protectionNegotiable;
    private boolean dataProtected;

    private Session(
            Environment environment,
            FtpIoSession ftp,
            IoSession io,
            FtpServerContext context,
            boolean implicit,
            InetAddress client,
            ConnectionAdmission.Admitted place,
            ConnectionTls tls)
            throws IOException {
        this.environment = environment;
        this.state = new CommandState(environment.settings().convertAscii());
        this.ftp = ftp;
        this.io = io;
        this.context = context;
        this.implicit = implicit;
        this.tls = tls;
        this.client = client;
        this.place = place;
        this.local = ((InetSocketAddress) io.getLocalAddress()).getAddress();
        this.dataProtected = implicit;
        if (implicit) {
            new TlsFilter(tls, this::secured).start(io, TLS_FILTER);
        }
    }

    /**
     * Begins the session of a control connection, and greets the client.
     *
     * @param client where the connection comes from, which is not its peer behind a load balancer
     * @param place of the connection, released when it ends
     */
    static void begin(
            Environment environment,
            FtpIoSession ftp,
            IoSession io,
            FtpServerContext context,
            boolean implicit,
            InetAddress client,
            ConnectionAdmission.Admitted place)
            throws IOException {
        ConnectionTls tls = environment.tls().next(client);
        Session session;
        try {
            session = new Session(environment, ftp, io, context, implicit, client, place, tls);
        } catch (IOException | RuntimeException e) {
            tls.close();
            throw e;
        }
        io.setAttribute(KEY, session);
        session.reply(220, "Slipway ready.");
    }

    /** The session of a control connection, or null if it was refused. */
    static @Nullable Session of(IoSession io) {
        return (Session) io.getAttribute(KEY);
    }

    // ---- events, from the I/O thread

    void received(Input input) {
        synchronized (lock) {
            if (ended || discarding) {
                return;
            }
            if (transfer != null && pending.isEmpty() && isStatus(input) && io.getScheduledWriteBytes() == 0) {
                String progress = transfer.progress();
                if (progress != null) {
                    // out of turn, as RFC 959 section 4.1.3 requires
                    ftp.write(new Reply(211, progress));
                    return;
                }
            }
            pendingWeight += input.weight();
            if (pendingWeight > (login == null ? MAX_PENDING_BEFORE_LOGIN : MAX_PENDING)) {
                log.warn("{} sends commands faster than they can be processed; closing the session", client);
                discarding = true; // more of them may be decoded already
                io.closeNow();
                return;
            }
            pending.add(input);
            if (transfer != null && isAbort(input)) {
                transfer.abortOnRequest();
            }
            if (!running) {
                running = true;
                environment.executor().execute(this::run);
            }
        }
    }

    void idle() {
        synchronized (lock) {
            if (ended) {
                io.closeNow(); // the client does not even read the last reply
                return;
            }
            if (running) {
                return; // transfers included, which are watched by themselves
            }
            ended = true;
        }
        reply(421, "Idle timeout; closing control connection.");
        hangUp();
    }

    /** Ends the session as soon as it is idle: at once, or after the current command. */
    void drain() {
        synchronized (lock) {
            draining = true;
            if (ended || running) {
                return;
            }
            ended = true;
        }
        sayGoodbye();
    }

    /** Ends the session if nobody has logged in yet. */
    void endUnlessLoggedIn(String reason) {
        synchronized (lock) {
            if (ended || login != null) {
                return;
            }
            ended = true;
        }
        reply(421, reason);
        hangUp();
    }

    /** Ends the session unconditionally. */
    private void disconnect(AccountSession over, String reason) {
        synchronized (lock) {
            if (login != over) {
                return; // somebody else has logged in since
            }
            ended = true;
            if (transfer != null) {
                transfer.abort(reason);
            }
        }
        reply(421, reason);
        hangUp();
    }

    private void sayGoodbye() {
        reply(421, "Server shutting down; closing control connection.");
        hangUp();
    }

    void closed() {
        DataPort unused;
        AccountSession over;
        synchronized (lock) {
            ended = true;
            over = login;
            if (nextLogin != null) {
                nextLogin.cancel(false);
            }
            pending.clear();
            if (transfer != null) {
                transfer.abort("Control connection closed; transfer aborted.");
            }
            unused = dataPort;
            dataPort = null;
        }
        environment.executor().execute(() -> {
            if (unused != null) {
                unused.close();
            }
            closeRetired();
        });
        tls.close();
        if (over != null) {
            over.close();
        }
    }

    private void secured() {
        ControlCodec.decoder(io).reset();
        synchronized (lock) {
            secured = true;
            discarding = false;
        }
    }

    private static boolean isAbort(Input input) {
        return input instanceof Input.Line line && line.getCommand().equals("ABOR");
    }

    private static boolean isStatus(Input input) {
        return input instanceof Input.Line line && line.getCommand().equals("STAT") && line.getArgument() == null;
    }

    // ---- the session's thread

    private void run() {
        markThread();
        while (true) {
            Input input;
            boolean drained;
            synchronized (lock) {
                drained = draining && !ended;
                ended |= drained;
                input = ended ? null : pending.poll();
                if (input == null) {
                    running = false;
                } else {
                    pendingWeight -= input.weight();
                }
            }
            if (drained) {
                sayGoodbye();
            }
            if (input == null) {
                return;
            }
            if (mayExecute()) {
                execute(input);
            }
            awaitReplies();
        }
    }

    /** Ends the session of a client that sends commands and does not log in. */
    private boolean mayExecute() {
        synchronized (lock) {
            if (ended) {
                return false;
            }
            if (login != null) {
                commandsBeforeLogin = 0;
                return true;
            }
            if (++commandsBeforeLogin <= MAX_COMMANDS_BEFORE_LOGIN) {
                return true;
            }
            ended = true;
        }
        reply(421, "Too many commands without login; closing control connection.");
        hangUp();
        return false;
    }

    private void markThread() {
        AccountSession current;
        synchronized (lock) {
            current = login;
        }
        if (current == null) {
            MDC.clear();
        } else {
            current.client().markThread();
        }
    }

    private void execute(Input input) {
        closeRetired();
        try {
            switch (input) {
                case Input.Unreadable unreadable -> reply(unreadable.answer());
                case Input.Line line -> {
                    log.debug("{} {}", client, line);
                    Command command = context.getCommandFactory().getCommand(line.getCommand());
                    if (command == null) {
                        reply(500, "Unknown command.");
                    } else {
                        command.execute(ftp, context, line);
                    }
                }
            }
        } catch (VfsException e) {
            reply(FailureReply.of(e));
        } catch (IOException e) {
            log.debug("{}: {} failed: {}", client, input, e.toString());
            reply(451, String.valueOf(e.getMessage()));
        } catch (FtpException | RuntimeException | Error e) {
            log.error("{}: {} failed because of an internal error", client, input, e);
            reply(451, "Internal error in the gateway; see its log.");
        }
    }

    /** Unread replies must not accumulate. */
    private void awaitReplies() {
        WriteFuture last = lastReply;
        if (last == null) {
            return;
        }
        long start = System.nanoTime();
        long limit = environment.settings().idleTimeout().toNanos();
        // MINA never completes a reply that is written while the connection closes.
        while (!last.awaitUninterruptibly(REPLY_CHECK_MILLIS) && io.isConnected()) {
            if (System.nanoTime() - start >= limit) {
                log.info("{} does not read its replies; closing the session", client);
                io.closeNow();
                return;
            }
        }
    }

    void reply(int code, String text) {
        reply(new Reply(code, text));
    }

    void reply(Reply reply) {
        lastReply = ftp.write(reply);
    }

    /** Ends the session when all replies are sent. */
    void hangUp() {
        if (io.getFilterChain().get(TLS_FILTER) instanceof TlsFilter filter) {
            filter.closeOutbound(io);
        }
        io.closeOnFlush();
        Future<?> overdue = environment.timer().schedule(io::closeNow, PARTING.toMillis(), TimeUnit.MILLISECONDS);
        io.getCloseFuture().addListener(_ -> overdue.cancel(false));
    }

    // ---- TLS

    boolean isSecured() {
        synchronized (lock) {
            return secured;
        }
    }

    /**
     * Starts TLS on the control connection. Whatever arrived unencrypted after AUTH is discarded, whether it is queued
     * here, in the decoder, or still to be decoded: somebody else may have injected it (CVE-2011-0411).
     */
    void startTls(boolean protectData) throws IOException {
        TlsFilter filter = new TlsFilter(tls, this::secured);
        synchronized (lock) {
            pending.clear();
            pendingWeight = 0;
            discarding = true;
        }
        logOut();
        protectionNegotiable = false;
        dataProtected = protectData;
        filter.start(io, TLS_FILTER);
        reply(TlsFilter.START_TLS, "Proceed with negotiation.");
    }

    /** After PBSZ. */
    void allowProtection() {
        protectionNegotiable = true;
    }

    boolean isProtectionNegotiable() {
        return protectionNegotiable;
    }

    void setDataProtected(boolean newDataProtected) {
        if (dataProtected != newDataProtected) {
            dataProtected = newDataProtected;
            setDataPort(null); // it is for connections of the other kind
        }
    }

    boolean isDataProtected() {
        return dataProtected;
    }

    ConnectionTls tls() {
        return tls;
    }

    // ---- login

    void setUserName(String name) {
        logOut();
        userName = name;
    }

    @Nullable
    String userName() {
        return userName;
    }

    /**
     * Starts the account's session.
     *
     * @return the reason if it is refused; the session must then be ended
     */
    Optional<String> logIn(Login proven) {
        Optional<ConnectionAdmission.Refusal> refusal = place.logIn();
        if (refusal.isPresent()) {
            return refusal.map(ConnectionAdmission.Refusal::message);
        }
        Optional<AccountSession> begun = environment.sessions().begin(proven, Protocol.FTPS, client);
        if (begun.isEmpty()) {
            return Optional.of("Too many sessions for this account; close one first.");
        }
        AccountSession session = begun.get();
        tls.loggedIn(session.account().name());
        synchronized (lock) {
            login = session;
            if (nextLogin != null) {
                nextLogin.cancel(false);
                nextLogin = null;
            }
        }
        markThread();
        session.onDisconnect(reason -> environment.executor().execute(() -> disconnect(session, reason)));
        files = environment.fileSystems().open(session);
        failedLogins = 0;
        io.getConfig().setIdleTime(IdleStatus.BOTH_IDLE, (int)
                environment.settings().idleTimeout().toSeconds());
        if (io.isClosing()) {
            // The connection may have ended before there was an account session to end.
            closed();
        }
        return Optional.empty();
    }

    /** Resets the login and all session state, except for TLS. */
    void reinitialize() {
        logOut();
        state.reinitialize();
    }

    void logOut() {
        AccountSession over;
        synchronized (lock) {
            over = login;
            login = null;
        }
        markThread();
        if (over != null) {
            over.close();
            tls.loggedOut();
            awaitNextLogin();
        }
        userName = null;
        files = null;
        state.logOut();
        setDataPort(null);
    }

    /** A connection without a login counts as new, and has the same time to log in again, if it may stay. */
    private void awaitNextLogin() {
        Optional<ConnectionAdmission.Refusal> refusal = place.logOut();
        synchronized (lock) {
            if (!ended) {
                nextLogin = environment
                        .timer()
                        .schedule(
                                () -> endUnlessLoggedIn(refusal.map(ConnectionAdmission.Refusal::message)
                                        .orElse(LOGIN_TOOK_TOO_LONG)),
                                refusal.isPresent()
                                        ? 0
                                        : environment
                                                .settings()
                                                .authenticationTimeout()
                                                .toMillis(),
                                TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Counts a failed login; true when there were too many. */
    boolean loginFailed() {
        userName = null;
        return ++failedLogins >= MAX_FAILED_LOGINS;
    }

    boolean isLoggedIn() {
        return files != null;
    }

    Account account() {
        return login().account();
    }

    /** Who is logged in. */
    AccountSession login() {
        synchronized (lock) {
            if (login == null) {
                throw new IllegalStateException("not logged in");
            }
            return login;
        }
    }

    /** Whether the login would still succeed; if not, the session is ended with its own reply. */
    boolean mayGoOn() {
        return login().current().isPresent();
    }

    VirtualFileSystem files() {
        if (files == null) {
            throw new IllegalStateException("not logged in");
        }
        return files;
    }

    /** The reply to STAT without a path. */
    Reply status() {
        return new Reply(
                211,
                List.of(
                        "Slipway",
                        " Logged in as " + account().name(),
                        " Control connection: " + (isSecured() ? "TLS" : "plain"),
                        " Data connections: " + (dataProtected ? "TLS" : "plain"),
                        "End"));
    }

    // ---- for commands

    /** What commands leave for later ones. */
    CommandState state() {
        return state;
    }

    Environment environment() {
        return environment;
    }

    InetAddress client() {
        return client;
    }

    InetAddress local() {
        return local;
    }

    boolean isImplicit() {
        return implicit;
    }

    /** Whether the client no longer waits for the current operation. */
    boolean isAbortWanted() {
        synchronized (lock) {
            return ended || pending.stream().anyMatch(Session::isAbort);
        }
    }

    // ---- data connections

    /** Creates the channels of data connections that are arranged from now on. */
    DataChannel.Factory channels() {
        if (!dataProtected) {
            return PlainDataChannel::new;
        }
        boolean closeNotifyRequired =
                environment.settings().requireCloseNotify() && !account().has(AccountOption.MISSING_CLOSE_NOTIFY);
        return (socket, early) -> new TlsDataChannel(
                socket, early, tls, closeNotifyRequired, environment.buffers(), environment.records());
    }

    /** Replaces what an earlier PASV or PORT has arranged. */
    void setDataPort(@Nullable DataPort port) {
        DataPort before;
        boolean late;
        synchronized (lock) {
            before = dataPort;
            late = ended;
            dataPort = late ? null : port;
        }
        if (before != null) {
            before.close();
        }
        if (late && port != null) {
            port.close();
        }
    }

    @Nullable
    DataPort takeDataPort() {
        synchronized (lock) {
            DataPort port = dataPort;
            dataPort = null;
            return port;
        }
    }

    /**
     * Takes the port of a transfer that was refused, and leaves it open until the next command. Clients that start TLS
     * on the data connection at once, as curl does, would report its end as the failure and never read the reply.
     */
    void retire(DataPort port) {
        boolean late;
        synchronized (lock) {
            late = ended;
            if (!late) {
                retired = port;
            }
        }
        if (late) {
            port.close();
        }
    }

    private void closeRetired() {
        DataPort port;
        synchronized (lock) {
            port = retired;
            retired = null;
        }
        if (port != null) {
            port.close();
        }
    }

    /** Creates a transfer that ABOR and the end of this session abort, until {@link #endTransfer}. */
    Transfer beginTransfer() {
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
        synchronized (lock) {
            transfer = begun;
            if (ended) {
                begun.abort("Control connection closed; transfer aborted.");
            } else if (pending.stream().anyMatch(Session::isAbort)) {
                begun.abortOnRequest();
            }
        }
        return begun;
    }

    void endTransfer() {
        synchronized (lock) {
            transfer = null;
        }
    }

    /**
     * Makes sure that the end of the control connection has been processed if it has reached this machine: a client
     * that dies ends both connections at once, and an upload without TLS looks complete then.
     */
    void settle() {
        if (io instanceof NioSession nio && nio.getProcessor() instanceof ControlProcessors processors) {
            processors.settle(nio);
        }
        if (io.isClosing()) {
            closed();
        }
    }
}

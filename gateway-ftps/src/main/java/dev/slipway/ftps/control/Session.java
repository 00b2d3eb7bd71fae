package dev.slipway.ftps.control;

import dev.slipway.core.VfsException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Login;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.ftps.data.DataChannel;
import dev.slipway.ftps.tls.ConnectionTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ftpserver.command.Command;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.impl.FtpIoSession;
import org.apache.ftpserver.impl.FtpServerContext;
import org.apache.mina.core.session.AttributeKey;
import org.apache.mina.core.session.IoSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One control connection. The I/O thread hands lines to {@link #received}; a thread that the session has only while
 * there is work runs them one after the other and may block, transfers included. So the connection stays readable
 * during a transfer: ABOR takes effect on arrival and is answered in its turn.
 *
 * <p>What these threads agree on is in {@link CommandQueue}; everything else belongs to the session's thread unless
 * noted otherwise.
 */
public final class Session {
    private static final Logger log = LoggerFactory.getLogger(Session.class);
    private static final AttributeKey KEY = new AttributeKey(Session.class, "session");

    private final Environment environment;
    private final FtpServerContext context;
    private final ControlConnection connection;
    private final ConnectionTls tls;
    private final boolean implicit;
    private final InetAddress client;
    private final InetAddress local;
    private final CommandQueue queue = new CommandQueue();
    private final SessionLogin login;
    private final DataConnections data;
    private final CommandState state;

    /** Whether a question for the progress of a transfer waits for earlier replies to be sent; at most one does. */
    private final AtomicBoolean statusWaits = new AtomicBoolean();

    private volatile boolean secured;

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
        this.context = context;
        this.implicit = implicit;
        this.tls = tls;
        this.client = client;
        this.local = ((InetSocketAddress) io.getLocalAddress()).getAddress();
        this.connection =
                new ControlConnection(ftp, io, client, environment.settings().idleTimeout(), environment.timer());
        this.login = new SessionLogin(environment, queue, connection, tls, client, place);
        this.data = new DataConnections(environment, tls, queue, implicit);
        this.state = new CommandState(environment.settings().convertAscii());
        if (implicit) {
            connection.startTls(new TlsFilter(tls, this::secured));
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
    public static @Nullable Session of(IoSession io) {
        return (Session) io.getAttribute(KEY);
    }

    // ---- events, from the I/O thread

    public void received(Input input) {
        Optional<String> progress = queue.progress(input);
        if (progress.isEmpty()) {
            enqueue(input);
        } else if (!connection.hasUnsentReplies()) {
            // out of turn, as RFC 959 section 4.1.3 requires
            connection.replyBeside(new Reply(211, progress.get()));
        } else if (statusWaits.compareAndSet(false, true)) {
            // The client may have read the reply that began the transfer before this side knows that it is sent.
            connection.whenSent(() -> {
                statusWaits.set(false);
                queue.progress(input)
                        .ifPresentOrElse(now -> connection.replyBeside(new Reply(211, now)), () -> enqueue(input));
            });
        } else {
            enqueue(input);
        }
    }

    private void enqueue(Input input) {
        switch (queue.add(input)) {
            case QUEUED, DISCARDED -> {}
            case NEEDS_THREAD -> environment.executor().execute(this::run);
            case FLOODED -> {
                log.warn("{} sends commands faster than they can be processed; closing the session", client);
                connection.closeNow();
            }
        }
    }

    public void idle() {
        if (queue.hasEnded()) {
            connection.closeNow(); // the client does not even read the last reply
        } else if (queue.endIfIdle()) {
            end("Idle timeout; closing control connection.");
        }
    }

    /** Ends the session as soon as it is idle: at once, or after the current command. */
    public void drain() {
        if (queue.drain()) {
            sayGoodbye();
        }
    }

    /** The same, if somebody is logged in. */
    public void drainIfLoggedIn() {
        if (queue.drainIfLoggedIn()) {
            sayGoodbye();
        }
    }

    /** Ends the session if nobody has logged in yet. */
    void endUnlessLoggedIn() {
        login.endUnlessLoggedIn(SessionLogin.TOOK_TOO_LONG);
    }

    public void closed() {
        AccountSession over = queue.close();
        data.close();
        tls.close();
        if (over != null) {
            over.close();
        }
    }

    private void secured() {
        connection.resetDecoder();
        secured = true;
        queue.accept();
    }

    // ---- the session's thread

    private void run() {
        login.markThread();
        while (true) {
            switch (queue.next()) {
                case CommandQueue.Next.Run(Input input) -> execute(input);
                case CommandQueue.Next.Refuse _ -> end("Too many commands without login; closing control connection.");
                case CommandQueue.Next.SayGoodbye _ -> {
                    sayGoodbye();
                    return;
                }
                case CommandQueue.Next.Leave _ -> {
                    return;
                }
            }
            connection.awaitReplies();
        }
    }

    private void execute(Input input) {
        data.closeRetired();
        try {
            switch (input) {
                case Input.Unreadable unreadable -> reply(unreadable.answer());
                case Input.Line line -> {
                    log.debug("{} {}", client, line);
                    Command command = context.getCommandFactory().getCommand(line.getCommand());
                    if (command == null) {
                        reply(500, "Unknown command.");
                    } else {
                        command.execute(connection.ftp(), context, line);
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

    private void sayGoodbye() {
        end("Server shutting down; closing control connection.");
    }

    /** Tells the client why, and ends the session. */
    private void end(String reason) {
        reply(421, reason);
        hangUp();
    }

    public void reply(int code, String text) {
        reply(new Reply(code, text));
    }

    public void reply(Reply reply) {
        connection.reply(reply);
    }

    /** Ends the session when all replies are sent. */
    public void hangUp() {
        connection.hangUp();
    }

    // ---- TLS and login

    public boolean isSecured() {
        return secured;
    }

    /**
     * Starts TLS on the control connection. Whatever arrived unencrypted after AUTH is discarded, whether it is queued
     * here, in the decoder, or still to be decoded: somebody else may have injected it (CVE-2011-0411).
     */
    public void startTls(boolean protectData) throws IOException {
        TlsFilter filter = new TlsFilter(tls, this::secured);
        queue.discard();
        logOut();
        data.startTls(protectData);
        connection.startTls(filter);
        reply(TlsFilter.START_TLS, "Proceed with negotiation.");
    }

    public ConnectionTls tls() {
        return tls;
    }

    public void setUserName(String name) {
        logOut();
        login.setUserName(name);
    }

    /**
     * Starts the account's session.
     *
     * @return the reason if it is refused; the session must then be ended
     */
    public Optional<String> logIn(Login proven) {
        Optional<String> refusal = login.logIn(proven);
        if (refusal.isEmpty() && connection.isClosing()) {
            // The connection may have ended before there was an account session to end.
            closed();
        }
        return refusal;
    }

    /** Resets the login and all session state, except for TLS. */
    public void reinitialize() {
        logOut();
        state.reinitialize();
    }

    private void logOut() {
        login.logOut();
        state.logOut();
        data.setPort(null);
    }

    /** Who is logged in. */
    public SessionLogin login() {
        return login;
    }

    public Account account() {
        return login.session().account();
    }

    public VirtualFileSystem files() {
        return login.files();
    }

    // ---- for commands

    /** The reply to STAT without a path. */
    public Reply status() {
        return new Reply(
                211,
                List.of(
                        "Slipway",
                        " Logged in as " + account().name(),
                        " Control connection: " + (isSecured() ? "TLS" : "plain"),
                        " Data connections: " + (data.isProtected() ? "TLS" : "plain"),
                        "End"));
    }

    /** What commands leave for later ones. */
    public CommandState state() {
        return state;
    }

    public DataConnections data() {
        return data;
    }

    /** Creates the channels of data connections that are arranged from now on. */
    public DataChannel.Factory channels() {
        return data.channels(
                environment.settings().requireCloseNotify() && !account().has(AccountOption.MISSING_CLOSE_NOTIFY));
    }

    public Environment environment() {
        return environment;
    }

    public InetAddress client() {
        return client;
    }

    public InetAddress local() {
        return local;
    }

    boolean isImplicit() {
        return implicit;
    }

    /** Whether the client no longer waits for the current operation. */
    public boolean isAbortWanted() {
        return queue.isAbortWanted();
    }

    /**
     * Makes sure that the end of the control connection has been processed if it has reached this machine: a client
     * that dies ends both connections at once, and an upload without TLS looks complete then.
     */
    public void settle() {
        connection.settle();
        if (connection.isClosing()) {
            closed();
        }
    }
}

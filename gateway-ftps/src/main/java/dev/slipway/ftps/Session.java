package dev.slipway.ftps;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;
import javax.net.ssl.SSLContext;
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

/**
 * One control connection. The I/O thread hands lines to {@link #received}; a virtual thread, which exists only while there
 * is something to do, runs them one after the other and blocks as it likes, transfers included. So the connection stays
 * readable during a transfer: ABOR takes effect when it arrives and is answered in its turn.
 *
 * <p>Fields without another word belong to that virtual thread.
 */
final class Session {
    private static final Logger log = LoggerFactory.getLogger(Session.class);
    private static final AttributeKey KEY = new AttributeKey(Session.class, "session");
    private static final String TLS_FILTER = "tls";
    private static final int MAX_LOGIN_SECONDS = 60;
    private static final int MAX_FAILED_LOGINS = 3;

    /** What may wait behind the command that is running, in bytes. */
    private static final int MAX_PENDING = 256 * 1024;

    /** How often one who waits for a reply to be sent looks whether the connection is still there. */
    private static final long REPLY_CHECK_MILLIS = 100;

    private final Environment environment;
    private final FtpIoSession ftp;
    private final IoSession io;
    private final FtpServerContext context;
    private final SSLContext tls;
    private final boolean implicit;
    private final InetAddress client;
    private final InetAddress local;

    private final Object lock = new Object();
    private final Deque<Input> pending = new ArrayDeque<>(); // guarded by lock
    private int pendingWeight; // guarded by lock
    private boolean running; // guarded by lock
    private boolean discarding; // guarded by lock
    private boolean secured; // guarded by lock
    private boolean ended; // guarded by lock
    private @Nullable Transfer transfer; // guarded by lock
    private @Nullable DataPort dataPort; // guarded by lock

    private @Nullable WriteFuture lastReply;
    private @Nullable String userName;
    private @Nullable Account account;
    private @Nullable VirtualFileSystem files;
    private int failedLogins;
    private VirtualPath directory = VirtualPath.ROOT;
    private @Nullable VirtualPath renameFrom;
    private long restart;
    private long allocated = -1;
    private boolean ascii;
    private boolean protectionNegotiable;
    private boolean dataProtected;
    private boolean onlyExtendedPassive;
    private Set<Fact> facts = EnumSet.allOf(Fact.class);

    private Session(Environment environment, FtpIoSession ftp, IoSession io, FtpServerContext context, boolean implicit)
            throws IOException {
        this.environment = environment;
        this.ftp = ftp;
        this.io = io;
        this.context = context;
        this.implicit = implicit;
        this.tls = environment.tls().get();
        this.client = ((InetSocketAddress) io.getRemoteAddress()).getAddress();
        this.local = ((InetSocketAddress) io.getLocalAddress()).getAddress();
        this.dataProtected = implicit;
        if (implicit) {
            io.getFilterChain().addFirst(TLS_FILTER, new TlsFilter(tls, this::secured));
        }
    }

    /** Makes the session of a control connection. */
    static void create(
            Environment environment, FtpIoSession ftp, IoSession io, FtpServerContext context, boolean implicit)
            throws IOException {
        io.setAttribute(KEY, new Session(environment, ftp, io, context, implicit));
    }

    /** The session of a control connection, or null if it was refused. */
    static @Nullable Session of(IoSession io) {
        return (Session) io.getAttribute(KEY);
    }

    /** How long a client may take over logging in. */
    static int loginSeconds(FtpsSettings settings) {
        return (int) Math.min(MAX_LOGIN_SECONDS, settings.idleTimeout().toSeconds());
    }

    // ---- events, from the I/O thread

    void greet() {
        reply(220, "Slipway ready.");
    }

    void received(Input input) {
        synchronized (lock) {
            if (ended || discarding) {
                return;
            }
            pendingWeight += input.weight();
            if (pendingWeight > MAX_PENDING) {
                log.warn("{} sends commands faster than they can be carried out; closing the session", client);
                io.closeNow();
                return;
            }
            pending.add(input);
            if (transfer != null && isAbort(input)) {
                transfer.abort("Transfer aborted on the client's request.");
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
            if (transfer != null) {
                if (transfer.stalledNanos()
                        >= environment.settings().idleTimeout().toNanos()) {
                    transfer.abort("Nothing was transferred for "
                            + environment.settings().idleTimeout().toSeconds() + " s; transfer aborted.");
                }
                return;
            }
            if (running) {
                return;
            }
            ended = true;
        }
        reply(421, "Nothing was sent for too long; closing the session.");
        hangUp();
    }

    void closed() {
        DataPort unused;
        synchronized (lock) {
            ended = true;
            pending.clear();
            if (transfer != null) {
                transfer.abort("The control connection was closed; transfer aborted.");
            }
            unused = dataPort;
            dataPort = null;
        }
        if (unused != null) {
            environment.executor().execute(unused::close);
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

    // ---- the session's thread

    private void run() {
        while (true) {
            Input input;
            synchronized (lock) {
                input = ended ? null : pending.poll();
                if (input == null) {
                    running = false;
                    return;
                }
                pendingWeight -= input.weight();
            }
            execute(input);
            awaitReplies();
        }
    }

    private void execute(Input input) {
        try {
            switch (input) {
                case Input.Unreadable unreadable -> reply(unreadable.answer());
                case Input.Line line -> {
                    log.debug("{} {}", client, line);
                    Command command = context.getCommandFactory().getCommand(line.getCommand());
                    if (command == null) {
                        reply(500, "This command is unknown here.");
                    } else {
                        command.execute(ftp, context, line);
                    }
                }
            }
        } catch (VfsException e) {
            reply(FailureReply.of(e));
        } catch (IOException e) {
            log.debug("{}: {} failed", client, input, e);
            reply(451, String.valueOf(e.getMessage()));
        } catch (FtpException | RuntimeException | Error e) {
            log.error("{}: {} failed because of a defect", client, input, e);
            reply(451, "The server failed; the command was not carried out.");
        }
    }

    /** Replies that the client does not read must not pile up. */
    private void awaitReplies() {
        WriteFuture last = lastReply;
        if (last == null) {
            return;
        }
        long start = System.nanoTime();
        long limit = environment.settings().idleTimeout().toNanos();
        // MINA never settles a reply that is written just while the connection closes.
        while (!last.awaitUninterruptibly(REPLY_CHECK_MILLIS) && io.isConnected()) {
            if (System.nanoTime() - start >= limit) {
                log.warn("{} does not read its replies; closing the session", client);
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
    }

    // ---- TLS

    boolean isSecured() {
        synchronized (lock) {
            return secured;
        }
    }

    /**
     * Starts TLS on the control connection. What the client sent behind AUTH in the clear is discarded, whether it is
     * waiting here, in the decoder, or still to be decoded: somebody else may have put it there (CVE-2011-0411).
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
        io.getFilterChain().addFirst(TLS_FILTER, filter);
        reply(TlsFilter.START_TLS, "Start TLS now.");
    }

    /** After PBSZ. */
    void allowProtection() {
        protectionNegotiable = true;
    }

    boolean isProtectionNegotiable() {
        return protectionNegotiable;
    }

    void setDataProtected(boolean dataProtected) {
        this.dataProtected = dataProtected;
    }

    boolean isDataProtected() {
        return dataProtected;
    }

    SSLContext tls() {
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

    void logIn(Account newAccount) {
        account = newAccount;
        files = environment.fileSystems().open(newAccount);
        failedLogins = 0;
        io.getConfig().setIdleTime(IdleStatus.BOTH_IDLE, (int)
                environment.settings().idleTimeout().toSeconds());
    }

    void logOut() {
        userName = null;
        account = null;
        files = null;
        directory = VirtualPath.ROOT;
        renameFrom = null;
        restart = 0;
        allocated = -1;
        ascii = false;
        setDataPort(null);
    }

    /** Counts a failed login; true when there were too many. */
    boolean loginFailed() {
        userName = null;
        return ++failedLogins >= MAX_FAILED_LOGINS;
    }

    boolean isLoggedIn() {
        return account != null;
    }

    Account account() {
        if (account == null) {
            throw new IllegalStateException("not logged in");
        }
        return account;
    }

    VirtualFileSystem files() {
        if (files == null) {
            throw new IllegalStateException("not logged in");
        }
        return files;
    }

    // ---- what commands leave for later ones

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

    VirtualPath directory() {
        return directory;
    }

    void setDirectory(VirtualPath newDirectory) {
        directory = newDirectory;
    }

    VirtualPath resolve(String path) throws VfsException {
        return directory.resolve(path);
    }

    void setRenameFrom(VirtualPath path) {
        renameFrom = path;
    }

    @Nullable
    VirtualPath takeRenameFrom() {
        VirtualPath path = renameFrom;
        renameFrom = null;
        return path;
    }

    void setRestart(long offset) {
        restart = offset;
    }

    long takeRestart() {
        long offset = restart;
        restart = 0;
        return offset;
    }

    void setAllocated(long size) {
        allocated = size;
    }

    /** The size that ALLO has announced, or -1. */
    long takeAllocated() {
        long size = allocated;
        allocated = -1;
        return size;
    }

    void setAscii(boolean newAscii) {
        ascii = newAscii;
    }

    boolean isAscii() {
        return ascii;
    }

    void setOnlyExtendedPassive() {
        onlyExtendedPassive = true;
    }

    boolean isOnlyExtendedPassive() {
        return onlyExtendedPassive;
    }

    Set<Fact> facts() {
        return facts;
    }

    void setFacts(Set<Fact> newFacts) {
        facts = newFacts;
    }

    // ---- data connections

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

    /** Makes a transfer that ABOR and the end of this session abort, until {@link #endTransfer}. */
    Transfer beginTransfer() {
        Transfer begun = new Transfer(environment.executor());
        synchronized (lock) {
            transfer = begun;
            if (ended) {
                begun.abort("The control connection was closed; transfer aborted.");
            } else if (pending.stream().anyMatch(Session::isAbort)) {
                begun.abort("Transfer aborted on the client's request.");
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
     * Makes sure that the end of the control connection has taken effect if it has reached this machine already: a client
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

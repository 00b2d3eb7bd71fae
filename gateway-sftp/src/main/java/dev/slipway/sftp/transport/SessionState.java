package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.UserCertificate;
import dev.slipway.sftp.SftpSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.sshd.common.session.SessionContext;
import org.jspecify.annotations.Nullable;

/** The state of one SSH connection, from its first byte on. */
public final class SessionState {
    /**
     * How long a client has for its next step before a gateway that shuts down disconnects it: for its first request
     * after a command has begun, and to leave after its last one has ended.
     */
    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final int maxOpenHandles;
    private final int maxChannels;
    private final int maxAuthenticationTries;
    private final Set<ChannelCommand> commands = ConcurrentHashMap.newKeySet();
    private final AtomicInteger openHandles = new AtomicInteger();
    private final AtomicInteger openChannels = new AtomicInteger();
    private final OpenHandles allHandles;
    private final OutputMemory outputMemory;
    private final PendingWrites pendingWrites;
    private final Map<String, Proof> acceptable = new ConcurrentHashMap<>();
    private final AtomicInteger authenticationTries = new AtomicInteger();
    private volatile String keyAlgorithm = "";
    private volatile boolean askedForKey;
    private volatile boolean sftpOnly;
    private volatile boolean started;
    private final AtomicReference<@Nullable AccountSession> login = new AtomicReference<>();

    /** When a command last began or ended. */
    private volatile long lastChanged = System.nanoTime() - STEP_NANOS;

    /** Whether the connection is gone. Guarded by this. */
    @GuardedBy("this")
    private boolean ended;

    public SessionState(SftpSettings settings, OpenHandles allHandles, OutputMemory outputMemory) {
        this.allHandles = allHandles;
        this.outputMemory = outputMemory;
        this.pendingWrites = new PendingWrites(outputMemory);
        this.maxOpenHandles = settings.maxOpenHandles();
        this.maxChannels = settings.maxChannels();
        this.maxAuthenticationTries = settings.maxAuthenticationTries();
    }

    /** The state of a session, available as long as the session is referenced. */
    public static SessionState of(SessionContext session) {
        return ((GatewaySession) session).sessionState();
    }

    /**
     * A proof that can log in to an account.
     *
     * @param certificate null if the proof is not a certificate
     * @param sftpOnly whether the certificate is for SFTP and nothing else
     */
    public record Proof(Login login, @Nullable UserCertificate certificate, boolean sftpOnly) {
        /** A password or a key. */
        public Proof(Login login) {
            this(login, null, false);
        }
    }

    /**
     * Starts the account's session, unless the connection is gone; false if the account has too many sessions.
     *
     * @param disconnect ends the connection with a message for its client
     */
    synchronized boolean logIn(Proof proof, Sessions sessions, InetAddress client, Consumer<String> disconnect) {
        if (ended) {
            return true;
        }
        sftpOnly = proof.sftpOnly();
        Optional<AccountSession> begun = sessions.begin(proof.login(), Protocol.SFTP, client, proof.certificate());
        begun.ifPresent(session -> {
            login.set(session);
            session.onDisconnect(disconnect);
        });
        return begun.isPresent();
    }

    /** Whether an account is logged in: an authenticated one may still be refused. */
    boolean isLoggedIn() {
        return login.get() != null;
    }

    /**
     * Who is logged in.
     *
     * @throws IOException if no account is logged in any more
     */
    public AccountSession login() throws IOException {
        AccountSession result = login.get();
        if (result == null) {
            throw new IOException("the session has ended");
        }
        return result;
    }

    /** Adds this session's context to the current thread's log lines. */
    public void markThread() {
        AccountSession current = login.get();
        if (current != null) {
            current.client().markThread();
        }
    }

    /** Ends what {@link #logIn} has begun, if it has: the connection is gone. */
    public synchronized void end() {
        ended = true;
        pendingWrites.end();
        AccountSession over = login.getAndSet(null);
        if (over != null) {
            over.close();
        }
    }

    /** Counts an authentication attempt; false if there were too many. */
    public boolean mayTry() {
        return authenticationTries.incrementAndGet() <= maxAuthenticationTries;
    }

    /** Records an acceptable proof; it does not count until the library has verified it. */
    public void accept(String name, Proof proof) {
        acceptable.put(name, proof);
    }

    /** Whether commands are refused: the certificate is for SFTP only. */
    public boolean isSftpOnly() {
        return sftpOnly;
    }

    /** Whether the account is an administrator's, and has not come with a certificate that is for SFTP only. */
    public boolean mayHaveShell() {
        AccountSession current = login.get();
        return !sftpOnly
                && current != null
                && current.current()
                        .filter(account -> account.has(AccountOption.ADMIN))
                        .isPresent();
    }

    /** Whether the last offered key was checked against the accounts, rather than rejected by the library. */
    public boolean askedForKey() {
        return askedForKey;
    }

    public void askedForKey(boolean asked) {
        askedForKey = asked;
    }

    /**
     * The last proof of a name that the library has authenticated. By name, since a client may have offered other
     * names' public keys at the same time.
     */
    public Proof accepted(String name) {
        Proof proof = acceptable.get(name);
        if (proof == null) {
            throw new IllegalStateException("nobody is authenticated as " + name);
        }
        return proof;
    }

    /** The signature algorithm of the public key that was last offered; empty if a password came after it. */
    public String keyAlgorithm() {
        return keyAlgorithm;
    }

    public void keyAlgorithm(String name) {
        keyAlgorithm = name;
    }

    public void started(ChannelCommand command) {
        commands.add(command);
        lastChanged = System.nanoTime();
        started = true;
    }

    /** Whether the client has begun to use SFTP or a command. */
    boolean hasStarted() {
        return started;
    }

    public void ended(ChannelCommand command) {
        lastChanged = System.nanoTime();
        commands.remove(command);
    }

    /** Whether any request is being processed now. */
    public boolean isWorking() {
        return commands.stream().anyMatch(ChannelCommand::isWorking);
    }

    /**
     * Whether its end would interrupt something: a request, an open file, a copy. Also for a moment after a command has
     * begun, and after it has ended, so that the client can read the exit status and leave by itself.
     */
    public boolean isBusy() {
        return openHandles.get() > 0
                || commands.stream().anyMatch(ChannelCommand::isBusy)
                || System.nanoTime() - lastChanged < STEP_NANOS;
    }

    PendingWrites pendingWrites() {
        return pendingWrites;
    }

    public int maxOpenHandles() {
        return maxOpenHandles;
    }

    public OutputMemory outputMemory() {
        return outputMemory;
    }

    /** Takes a place for one more open file or directory. Returns why there is none, for the client. */
    public Optional<String> takeHandle() {
        if (!take(openHandles, maxOpenHandles)) {
            return Optional.of("Too many open files: this session has " + maxOpenHandles + ". Close some first.");
        }
        if (!allHandles.take()) {
            openHandles.decrementAndGet();
            return Optional.of("Too many open files on this server. Try again later.");
        }
        return Optional.empty();
    }

    public void returnHandle() {
        allHandles.giveBack();
        openHandles.decrementAndGet();
    }

    /** Takes a place for one more channel, if there is one. */
    boolean takeChannel() {
        return take(openChannels, maxChannels);
    }

    void returnChannel() {
        openChannels.decrementAndGet();
    }

    private static boolean take(AtomicInteger places, int limit) {
        if (places.incrementAndGet() <= limit) {
            return true;
        }
        places.decrementAndGet();
        return false;
    }
}

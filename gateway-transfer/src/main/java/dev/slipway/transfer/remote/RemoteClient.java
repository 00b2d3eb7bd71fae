package dev.slipway.transfer.remote;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.jspecify.annotations.Nullable;

/**
 * Connects to remotes over SSH. The user's own SSH configuration is not read, and host keys are always verified. Safe
 * for use by several threads.
 */
public final class RemoteClient implements AutoCloseable {
    /** The agent's socket, of a session that logs in by one. */
    static final AttributeKey<String> AGENT = new AttributeKey<>();

    /** What a server says that has had enough of us, and what the library says when it knows no other way to log in. */
    private static final Set<Integer> NOT_LET_IN = Set.of(
            SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR);

    private final RemoteTimeouts timeouts;
    private final @Nullable String agentSocket;
    private final RequestWatch watch;
    private final SshClient client;
    private final IdleConnections idle;
    private final ReentrantLock lock = new ReentrantLock();

    /** For remotes with old algorithms; null as long as there was none. */
    @GuardedBy("lock")
    private @Nullable SshClient legacy;

    @GuardedBy("lock")
    private boolean closed;

    /** A client that waits as long as does for most, and asks the agent that the environment names. */
    public RemoteClient() {
        this(RemoteTimeouts.DEFAULT, System.getenv("SSH_AUTH_SOCK"));
    }

    /** @param agentSocket where the agent listens; null if there is none */
    RemoteClient(RemoteTimeouts timeouts, @Nullable String agentSocket) {
        this(timeouts, agentSocket, RequestWatch.NOBODY);
    }

    RemoteClient(RemoteTimeouts timeouts, @Nullable String agentSocket, RequestWatch watch) {
        this.timeouts = timeouts;
        this.agentSocket = agentSocket;
        this.watch = watch;
        this.client = SshClients.create(timeouts, false);
        client.start();
        this.idle = new IdleConnections(timeouts, client.getScheduledExecutorService());
    }

    /**
     * Connects to a remote, verifies its host key, and logs in. Blocks for at most a few times the configured time.
     *
     * @return to be closed by the caller
     * @throws RemoteException HOST_KEY: its host key is not accepted, or none is configured; the message says which
     *     keys it presents. AUTHENTICATION: the login was refused. UNREACHABLE, TIMEOUT: there is no connection
     */
    public RemoteConnection connect(Remote remote) throws RemoteException {
        return connection(remote, session(remote), null);
    }

    private RemoteConnection connection(Remote remote, ClientSession session, @Nullable SftpChannel sftp) {
        return new RemoteConnection(remote, session, sftp, timeouts, idle, watch, () -> further(remote));
    }

    /** One more session, without a channel. */
    private ClientSession further(Remote remote) throws RemoteException {
        Optional<IdleConnections.Idle> taken = idle.take(remote);
        if (taken.isEmpty()) {
            return session(remote);
        }
        SftpChannel sftp = taken.get().sftp();
        if (sftp != null) {
            SftpChannels.discard(sftp);
        }
        return taken.get().session();
    }

    private ClientSession session(Remote remote) throws RemoteException {
        HostKeys known;
        try {
            known = HostKeys.parse(remote.hostKeys());
        } catch (IllegalArgumentException e) {
            throw new RemoteException(
                    RemoteFailure.HOST_KEY, remote.name() + ": each of its host keys " + e.getMessage(), e);
        }
        if (known.isEmpty()) {
            throw new RemoteException(RemoteFailure.HOST_KEY, unknownHost(remote));
        }
        List<String> refusals = new ArrayList<>();
        for (List<String> proposal : known.proposals()) {
            HostKeyCheck check = new HostKeyCheck(
                    remote.legacyAlgorithms() ? HostKeys.withLegacy(proposal) : proposal, known::trusts);
            try {
                return logIn(remote.name(), remote, check);
            } catch (RefusedHostKeyException e) {
                refusals.add(e.getMessage());
            }
        }
        throw changedHost(remote, refusals);
    }

    /**
     * Reuses a live connection to this remote that was {@linkplain RemoteConnection#release released}, if there is one,
     * and {@linkplain #connect connects} otherwise.
     *
     * @return to be released or closed by the caller
     */
    public RemoteConnection lease(Remote remote) throws RemoteException {
        Optional<IdleConnections.Idle> taken = idle.take(remote);
        if (taken.isPresent()) {
            return connection(remote, taken.get().session(), taken.get().sftp());
        }
        return connect(remote);
    }

    /**
     * Fetches the host keys of a server, one of each type, without logging in. They prove nothing until they are
     * compared with what the server's owner says. An old server is asked with old algorithms, since nothing is entrusted to
     * it here. Blocks for at most a few times the configured time.
     *
     * @throws RemoteException there is no connection, or it has no key of a known type
     */
    public List<PublicKey> hostKeys(String host, int port) throws RemoteException {
        try {
            return hostKeys(host, port, false);
        } catch (RemoteException e) {
            if (e.failure() != RemoteFailure.UNSUPPORTED) {
                throw e;
            }
            return hostKeys(host, port, true);
        }
    }

    private List<PublicKey> hostKeys(String host, int port, boolean old) throws RemoteException {
        String name = host + ":" + port;
        List<PublicKey> keys = new ArrayList<>();
        String refusal = "";
        for (List<String> kind : HostKeys.KINDS) {
            HostKeyCheck check = new HostKeyCheck(old ? HostKeys.withLegacy(kind) : kind, key -> false);
            try (ClientSession session = open(host, port, "slipway", check, old)) {
                session.auth().verify(timeouts.connect());
            } catch (UnresolvedAddressException e) {
                throw unknownName(name, host, e);
            } catch (IOException e) {
                PublicKey shown = check.shown();
                if (shown != null) {
                    keys.add(shown);
                } else if (isNegotiation(check, e)) {
                    refusal = refusal(check, e, old);
                    if (isOtherThanHostKey(check, e)) {
                        throw new RemoteException(RemoteFailure.UNSUPPORTED, name + ": " + refusal, e);
                    }
                } else {
                    throw unreachable(name, e);
                }
            }
        }
        if (keys.isEmpty()) {
            throw new RemoteException(RemoteFailure.UNSUPPORTED, name + ": " + refusal);
        }
        return keys;
    }

    /** Ends all connections. */
    @Override
    public void close() {
        client.stop();
        lock.lock();
        try {
            closed = true;
            if (legacy != null) {
                legacy.stop();
            }
        } finally {
            lock.unlock();
        }
    }

    private SshClient client(boolean old) throws IOException {
        if (!old) {
            return client;
        }
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the gateway is being closed");
            }
            SshClient present = legacy;
            if (present == null) {
                present = SshClients.create(timeouts, true);
                present.start();
                legacy = present;
            }
            return present;
        } finally {
            lock.unlock();
        }
    }

    /** The server's host key is not accepted. */
    private static final class RefusedHostKeyException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedHostKeyException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private ClientSession logIn(String name, Remote remote, HostKeyCheck check)
            throws RemoteException, RefusedHostKeyException {
        List<KeyPair> keys = remote.credentials() instanceof Credentials.PrivateKey key ? load(name, key) : List.of();
        ClientSession session = null;
        boolean done = false;
        try {
            session = open(remote.host(), remote.port(), remote.user(), check, remote.legacyAlgorithms());
            switch (remote.credentials()) {
                case Credentials.Password password -> {
                    session.addPasswordIdentity(password.password());
                    session.setUserInteraction(new PasswordAnswers(password.password()));
                }
                case Credentials.PrivateKey _ -> keys.forEach(session::addPublicKeyIdentity);
                case Credentials.Agent _ -> {
                    if (agentSocket == null) {
                        throw new RemoteException(
                                RemoteFailure.AUTHENTICATION,
                                name + ": there is no agent: SSH_AUTH_SOCK is not set in the gateway's environment");
                    }
                    testAgent(name, agentSocket);
                    session.setAttribute(AGENT, agentSocket);
                }
            }
            session.auth().verify(timeouts.connect());
            done = true;
            return session;
        } catch (UnresolvedAddressException e) {
            throw unknownName(name, remote.host(), e);
        } catch (IOException e) {
            throw notLoggedIn(name, remote, check, e);
        } finally {
            if (!done && session != null) {
                session.close(true);
            }
        }
    }

    private ClientSession open(String host, int port, String user, HostKeyCheck check, boolean old) throws IOException {
        return client(old)
                .connect(user, host, port, AttributeRepository.ofKeyValuePair(HostKeyCheck.KEY, check), null)
                .verify(timeouts.connect())
                .getClientSession();
    }

    /** The library would say of an agent that is not there that the server has hung up. */
    private static void testAgent(String name, String socket) throws RemoteException {
        try {
            AgentConnection.open(socket).close();
        } catch (IOException e) {
            throw new RemoteException(
                    RemoteFailure.AUTHENTICATION,
                    name + ": the agent at " + socket + " (SSH_AUTH_SOCK) is not reachable: " + e.getMessage(),
                    e);
        }
    }

    private static RemoteException unknownName(String name, String host, UnresolvedAddressException e) {
        return new RemoteException(RemoteFailure.UNREACHABLE, name + ": unknown host name " + host, e);
    }

    private static RemoteException notLoggedIn(String name, Remote remote, HostKeyCheck check, IOException e)
            throws RefusedHostKeyException {
        if (!check.passed()) {
            PublicKey shown = check.shown();
            if (shown != null) {
                throw new RefusedHostKeyException(HostKeys.describe(shown), e);
            }
            if (isNegotiation(check, e)) {
                String refusal = refusal(check, e, remote.legacyAlgorithms());
                if (isOtherThanHostKey(check, e)) {
                    return new RemoteException(RemoteFailure.UNSUPPORTED, name + ": " + refusal, e);
                }
                throw new RefusedHostKeyException(refusal, e);
            }
            return unreachable(name, e);
        }
        RemoteFailure failure = RemoteFailures.failure(null, e);
        SshException disconnect = RemoteFailures.find(e, SshException.class);
        if (disconnect != null && NOT_LET_IN.contains(disconnect.getDisconnectCode())) {
            return new RemoteException(
                    RemoteFailure.AUTHENTICATION,
                    name + ": " + remote.host() + " refused to log in " + remote.user() + " with " + method(remote)
                            + ": " + disconnect.getMessage(),
                    e);
        }
        return new RemoteException(failure, name + ": cannot log in: " + RemoteFailures.reason(failure, e), e);
    }

    private static String method(Remote remote) {
        return switch (remote.credentials()) {
            case Credentials.Password _ -> "password";
            case Credentials.PrivateKey _ -> "key";
            case Credentials.Agent _ -> "the keys of the agent";
        };
    }

    private static RemoteException unreachable(String name, IOException e) {
        ConnectException refused = RemoteFailures.find(e, ConnectException.class);
        if (refused != null) {
            return new RemoteException(
                    RemoteFailure.UNREACHABLE, name + ": cannot connect: " + refused.getMessage(), e);
        }
        RemoteFailure failure = RemoteFailures.failure(null, e);
        return new RemoteException(failure, name + ": cannot connect: " + RemoteFailures.reason(failure, e), e);
    }

    /** Whether the two have no algorithm in common, or a certificate is not good. */
    private static boolean isNegotiation(HostKeyCheck check, IOException e) {
        Throwable first = check.failure() == null ? e : check.failure();
        SshException reason = first == null ? null : RemoteFailures.find(first, SshException.class);
        return reason != null && reason.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_KEY_EXCHANGE_FAILED;
    }

    /** Why the two could not agree, for people. */
    private static String refusal(HostKeyCheck check, IOException e, boolean old) {
        String said = firstMessage(check, e);
        return NoSharedAlgorithm.of(said)
                .map(mismatch -> mismatch.describe(old))
                .orElse(said);
    }

    /** Whether it is not the host key that the two could not agree on: then nothing is known of the key. */
    private static boolean isOtherThanHostKey(HostKeyCheck check, IOException e) {
        return NoSharedAlgorithm.of(firstMessage(check, e))
                .filter(mismatch -> !mismatch.hostKey())
                .isPresent();
    }

    private static String firstMessage(HostKeyCheck check, IOException e) {
        Throwable first = check.failure();
        return String.valueOf(first == null ? e.getMessage() : first.getMessage());
    }

    private String unknownHost(Remote remote) throws RemoteException {
        String keys = describe(hostKeys(remote.host(), remote.port()));
        return remote.name() + ": no accepted host key is configured. " + remote.host() + " presents " + keys
                + ". If its owner confirms that, trust it: slipway remote trust " + remote.name()
                + ", or add it to hostKeys";
    }

    private RemoteException changedHost(Remote remote, List<String> refusals) {
        String keys;
        try {
            keys = describe(hostKeys(remote.host(), remote.port(), remote.legacyAlgorithms()));
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.UNSUPPORTED) {
                // It may well have the accepted key, but no way to prove that.
                return new RemoteException(
                        RemoteFailure.UNSUPPORTED, remote.name() + ": " + String.join("; ", Set.copyOf(refusals)), e);
            }
            keys = String.join("; ", refusals);
        }
        // What is known of the keys anyway is left out, and so is that it has no key of another kind.
        String known = keys;
        List<String> reasons = refusals.stream()
                .filter(reason -> !known.contains(reason) && !reason.contains(NoSharedAlgorithm.SHARES_NO))
                .toList();
        return new RemoteException(
                RemoteFailure.HOST_KEY,
                remote.name() + ": " + remote.host() + " does not have an accepted host key: it presents " + keys
                        + (reasons.isEmpty() ? "" : " (" + String.join("; ", reasons) + ")")
                        + ". Somebody may be intercepting the connection. If its owner confirms that the key has"
                        + " changed: slipway remote trust " + remote.name() + ", or add the new one to hostKeys");
    }

    private static String describe(List<PublicKey> keys) {
        return String.join(", ", keys.stream().map(HostKeys::describe).toList());
    }

    private static List<KeyPair> load(String name, Credentials.PrivateKey key) throws RemoteException {
        try {
            return PrivateKeys.load(key);
        } catch (IllegalArgumentException e) {
            throw new RemoteException(RemoteFailure.AUTHENTICATION, name + ": the private key " + e.getMessage(), e);
        }
    }
}

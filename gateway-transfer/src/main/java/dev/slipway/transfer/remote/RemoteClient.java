package dev.slipway.transfer.remote;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.keyboard.UserInteraction;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.OptionalFeature;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.sftp.client.impl.AbstractSftpClient;
import org.jspecify.annotations.Nullable;

/**
 * Connects to remotes over SSH. The user's own SSH configuration is not read, and host keys are always verified. Safe
 * for use by several threads.
 */
public final class RemoteClient implements AutoCloseable {
    /** The agent's socket, of a session that logs in by one. */
    static final AttributeKey<String> AGENT = new AttributeKey<>();

    private static final List<BuiltinDHFactories> KEY_EXCHANGES = List.of(
            BuiltinDHFactories.mlkem768x25519,
            BuiltinDHFactories.sntrup761x25519,
            BuiltinDHFactories.sntrup761x25519_openssh,
            BuiltinDHFactories.curve25519,
            BuiltinDHFactories.curve25519_libssh,
            BuiltinDHFactories.ecdhp256,
            BuiltinDHFactories.ecdhp384,
            BuiltinDHFactories.ecdhp521,
            BuiltinDHFactories.dhgex256,
            BuiltinDHFactories.dhg16_512,
            BuiltinDHFactories.dhg18_512,
            BuiltinDHFactories.dhg14_256);

    /** Without chacha20-poly1305: the library's own is several times slower. */
    private static final List<BuiltinCiphers> CIPHERS = List.of(
            BuiltinCiphers.aes128gcm,
            BuiltinCiphers.aes256gcm,
            BuiltinCiphers.aes128ctr,
            BuiltinCiphers.aes192ctr,
            BuiltinCiphers.aes256ctr);

    private static final List<BuiltinMacs> MACS = List.of(
            BuiltinMacs.hmacsha256etm, BuiltinMacs.hmacsha512etm, BuiltinMacs.hmacsha256, BuiltinMacs.hmacsha512);

    /** Signature algorithms for hosts, CAs and logins; without SHA-1. {@link HostKeys} selects those for a host. */
    private static final List<BuiltinSignatures> SIGNATURES = List.of(
            BuiltinSignatures.ed25519,
            BuiltinSignatures.nistp256,
            BuiltinSignatures.nistp384,
            BuiltinSignatures.nistp521,
            BuiltinSignatures.rsaSHA512,
            BuiltinSignatures.rsaSHA256,
            BuiltinSignatures.sk_ssh_ed25519,
            BuiltinSignatures.sk_ecdsa_sha2_nistp256,
            BuiltinSignatures.ed25519_cert,
            BuiltinSignatures.nistp256_cert,
            BuiltinSignatures.nistp384_cert,
            BuiltinSignatures.nistp521_cert,
            BuiltinSignatures.rsaSHA512_cert,
            BuiltinSignatures.rsaSHA256_cert);

    /** Disconnect codes of servers after too many attempts, and of the library when no login method is left. */
    private static final Set<Integer> NOT_LET_IN = Set.of(
            SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR);

    /** Every server answers it, even if only with a refusal. */
    static final String KEEP_ALIVE = "keepalive@openssh.com";

    /** How many keep-alives may remain unanswered. */
    private static final int UNANSWERED = 3;

    private final RemoteTimeouts timeouts;
    private final @Nullable String agentSocket;
    private final RequestWatch watch;
    private final SshClient client;
    private final IdleConnections idle;

    /** A client that waits as long as does for most, and asks the agent that the environment names. */
    public RemoteClient() {
        this(RemoteTimeouts.DEFAULT, System.getenv("SSH_AUTH_SOCK"));
    }

    /** @param agentSocket where the agent listens; null if there is none */
    public RemoteClient(RemoteTimeouts timeouts, @Nullable String agentSocket) {
        this(timeouts, agentSocket, RequestWatch.NOBODY);
    }

    RemoteClient(RemoteTimeouts timeouts, @Nullable String agentSocket, RequestWatch watch) {
        this.timeouts = timeouts;
        this.agentSocket = agentSocket;
        this.watch = watch;
        this.client = build(timeouts);
        client.start();
        this.idle = new IdleConnections(timeouts, client.getScheduledExecutorService());
    }

    private static SshClient build(RemoteTimeouts timeouts) {
        SshClient result = ClientBuilder.builder()
                .keyExchangeFactories(NamedFactory.setUpTransformedFactories(true, KEY_EXCHANGES, ClientBuilder.DH2KEX))
                .cipherFactories(List.copyOf(supported(CIPHERS)))
                .macFactories(List.copyOf(supported(MACS)))
                .signatureFactories(List.copyOf(supported(SIGNATURES)))
                .compressionFactories(List.of(BuiltinCompressions.none))
                .channelFactories(List.of())
                .globalRequestHandlers(List.of(RemoteClient::refuse))
                .hostConfigEntryResolver(HostConfigEntryResolver.EMPTY)
                .serverKeyVerifier((session, address, key) -> check(session).check(key))
                .build();
        // Named, since another I/O library on the class path would otherwise be taken without a word.
        result.setIoServiceFactoryFactory(new Nio2ServiceFactoryFactory());
        result.setSessionFactory(new SessionFactory(result) {
            @Override
            protected ClientSessionImpl doCreateSession(IoSession connection) throws Exception {
                return new RemoteSession(result, connection);
            }
        });
        result.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        result.setAgentFactory(new AgentConnection.Factory());
        result.setUserAuthFactories(List.of(
                UserAuthPublicKeyFactory.INSTANCE,
                UserAuthKeyboardInteractiveFactory.INSTANCE,
                UserAuthPasswordFactory.INSTANCE));
        CoreModuleProperties.CLIENT_IDENTIFICATION.set(result, "Slipway");
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(result, timeouts.keepAlive());
        CoreModuleProperties.HEARTBEAT_REQUEST.set(result, KEEP_ALIVE);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(result, UNANSWERED);
        // A request that follows a message without an answer would wait for that to be acknowledged: 40 ms, each time.
        CoreModuleProperties.TCP_NODELAY.set(result, true);
        // A command may be silent for long; keep-alives check the remote.
        CoreModuleProperties.IDLE_TIMEOUT.set(result, Duration.ZERO);
        CoreModuleProperties.AUTH_TIMEOUT.set(result, timeouts.connect().plus(timeouts.connect()));
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(result, timeouts.answer());
        CoreModuleProperties.REQUEST_EXEC_REPLY.set(result, true);
        AbstractSftpClient.SFTP_CLIENT_CMD_TIMEOUT.set(result, timeouts.answer());
        return result;
    }

    private static <F extends OptionalFeature> List<F> supported(List<F> factories) {
        return factories.stream().filter(OptionalFeature::isSupported).toList();
    }

    /** Servers offer their other host keys, and send other requests that are not needed here. */
    private static RequestHandler.Result refuse(
            ConnectionService connection, String request, boolean wantReply, Buffer fields) {
        return RequestHandler.Result.ReplyFailure;
    }

    /**
     * Connects to a remote, verifies its host key, and logs in. Blocks for at most a few times the configured time.
     *
     * @return to be closed by the caller
     * @throws RemoteException HOST_KEY: its host key is not accepted, or none is configured; the message says which
     *     keys it presents. AUTHENTICATION: the login was refused. UNREACHABLE, TIMEOUT: there is no connection
     */
    public RemoteConnection connect(Remote remote) throws RemoteException {
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
            HostKeyCheck check = new HostKeyCheck(proposal, known::trusts);
            try {
                return new RemoteConnection(remote, logIn(remote.name(), remote, check), null, timeouts, idle, watch);
            } catch (RefusedHostKeyException e) {
                refusals.add(e.getMessage());
            }
        }
        throw new RemoteException(RemoteFailure.HOST_KEY, changedHost(remote, refusals));
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
            return new RemoteConnection(
                    remote, taken.get().session(), taken.get().sftp(), timeouts, idle, watch);
        }
        return connect(remote);
    }

    /**
     * Fetches the host keys of a server, one of each type, without logging in. They prove nothing until they are
     * compared with what the server's owner says. Blocks for at most a few times the configured time.
     *
     * @throws RemoteException there is no connection, or it has no key of a known type
     */
    public List<PublicKey> hostKeys(String host, int port) throws RemoteException {
        String name = host + ":" + port;
        List<PublicKey> keys = new ArrayList<>();
        String refusal = "";
        for (List<String> kind : HostKeys.KINDS) {
            HostKeyCheck check = new HostKeyCheck(kind, key -> false);
            try (ClientSession session = open(host, port, "slipway", check)) {
                session.auth().verify(timeouts.connect());
            } catch (UnresolvedAddressException e) {
                throw unknownName(name, host, e);
            } catch (IOException e) {
                PublicKey shown = check.shown();
                if (shown != null) {
                    keys.add(shown);
                } else if (isNegotiation(check, e)) {
                    refusal = firstMessage(check, e);
                } else {
                    throw unreachable(name, e);
                }
            }
        }
        if (keys.isEmpty()) {
            throw new RemoteException(
                    RemoteFailure.UNSUPPORTED, name + ": it has no host key of a known type: " + refusal);
        }
        return keys;
    }

    /** Ends all connections. */
    @Override
    public void close() {
        client.stop();
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
            session = open(remote.host(), remote.port(), remote.user(), check);
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

    private ClientSession open(String host, int port, String user, HostKeyCheck check) throws IOException {
        return client.connect(user, host, port, AttributeRepository.ofKeyValuePair(HostKeyCheck.KEY, check), null)
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
                throw new RefusedHostKeyException(firstMessage(check, e), e);
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

    private String changedHost(Remote remote, List<String> refusals) {
        String keys;
        try {
            keys = describe(hostKeys(remote.host(), remote.port()));
        } catch (RemoteException _) {
            keys = String.join("; ", refusals);
        }
        return remote.name() + ": " + remote.host()
                + " does not have an accepted host key: it presents " + keys + " (" + String.join("; ", refusals)
                + "). Somebody may be intercepting the connection. If its owner confirms that the key has changed:"
                + " slipway remote trust "
                + remote.name() + ", or add the new one to hostKeys";
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

    private static HostKeyCheck check(ClientSession session) {
        AttributeRepository context = session.getConnectionContext();
        HostKeyCheck check = context == null ? null : context.getAttribute(HostKeyCheck.KEY);
        if (check == null) {
            throw new IllegalStateException("a connection without a host key check");
        }
        return check;
    }

    /** Offers only those signatures for host keys that are to be offered on this connection. */
    private static final class RemoteSession extends ClientSessionImpl {
        RemoteSession(SshClient client, IoSession connection) throws Exception {
            super(client, connection);
        }

        @Override
        public void exceptionCaught(Throwable cause) {
            check(this).failed(cause);
            super.exceptionCaught(cause);
        }

        /** Failures are reported to the waiting callers; the library would log them as well. */
        @Override
        protected void warn(
                String message,
                @Nullable Object first,
                @Nullable Object second,
                @Nullable Object third,
                @Nullable Object fourth,
                @Nullable Throwable cause) {
            debug(message, first, second, third, fourth, cause);
        }

        @Override
        protected String resolveAvailableSignaturesProposal(FactoryManager manager) {
            return String.join(",", check(this).proposal());
        }
    }

    /** Answers prompts without echo with the password, once: repeating it would not help. */
    private static final class PasswordAnswers implements UserInteraction {
        private final String password;
        private boolean given;

        PasswordAnswers(String password) {
            this.password = password;
        }

        @Override
        public boolean isInteractionAllowed(@Nullable ClientSession session) {
            return true;
        }

        @Override
        public synchronized String @Nullable [] interactive(
                ClientSession session, String title, String instruction, String lang, String[] prompt, boolean[] echo) {
            if (prompt.length == 0) {
                return new String[0];
            }
            boolean secret = prompt.length == 1 && !echo[0];
            if (!secret || given) {
                return null;
            }
            given = true;
            String[] answers = new String[prompt.length];
            Arrays.fill(answers, password);
            return answers;
        }

        @Override
        public @Nullable String getUpdatedPassword(ClientSession session, String prompt, String lang) {
            return null;
        }
    }
}

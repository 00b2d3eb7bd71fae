package dev.slipway.sftp;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.net.ProxyProtocol;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.session.AbstractServerSession;
import org.apache.sshd.server.session.ServerProxyAcceptor;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the connections, and closes those that are too many before a key exchange costs anything. Behind a load balancer
 * that speaks the PROXY protocol, a connection is its client's from the header on.
 */
final class Connections implements SessionListener, ServerProxyAcceptor {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    /** An IPv6 customer has at least this much of an address. */
    private static final int IPV6_PREFIX_BYTES = 8;

    private final SftpSettings settings;
    private final Sessions sessions;
    private final Executor executor;
    private final Set<Session> all = new HashSet<>();

    /** Those that are not logged in, with the part of the address that they are counted by; null while unknown. */
    private final Map<Session, @Nullable ByteBuffer> unauthenticated = new HashMap<>();

    /** @param executor gives each task a thread that may block */
    Connections(SftpSettings settings, Sessions sessions, Executor executor) {
        this.settings = settings;
        this.sessions = sessions;
        this.executor = executor;
    }

    /** Whom a connection is from. */
    static InetAddress client(ServerSession session) {
        return ((InetSocketAddress) session.getClientAddress()).getAddress();
    }

    private static InetAddress peer(Session session) {
        return ((InetSocketAddress) session.getIoSession().getRemoteAddress()).getAddress();
    }

    @Override
    public void sessionCreated(Session session) {
        boolean headerComes = settings.proxyProtocol().isExpectedFrom(peer(session));
        String excess = add(session, headerComes ? null : network(peer(session)));
        if (excess != null) {
            refuse(session, peer(session), excess);
        }
    }

    /** How many there are, logged in or not. */
    synchronized int count() {
        return all.size();
    }

    /** Ends all sessions that do nothing. Returns whether none is left. */
    boolean drain() {
        List<Session> present;
        synchronized (this) {
            present = List.copyOf(all);
        }
        for (Session session : present) {
            if (!SessionState.of(session).isBusy()) {
                endInGoodOrder(session);
            }
        }
        return count() == 0;
    }

    /** What is wrong with one session must not keep the others from their end. */
    private static void endInGoodOrder(Session session) {
        try {
            disconnect(session, SshConstants.SSH2_DISCONNECT_BY_APPLICATION, "The server is shutting down.");
        } catch (RuntimeException e) {
            log.debug("{} did not end in good order: it is closed at once", session, e);
            session.close(true);
        }
    }

    private void disconnectBeside(Session session, String reason) {
        executor.execute(() -> disconnect(session, SshConstants.SSH2_DISCONNECT_BY_APPLICATION, reason));
    }

    private static void disconnect(Session session, int reason, String message) {
        try {
            session.disconnect(reason, message);
        } catch (IOException e) {
            session.close(true);
        }
    }

    private synchronized @Nullable String add(Session session, @Nullable ByteBuffer network) {
        all.add(session);
        unauthenticated.put(session, network);
        if (all.size() > settings.maxSessions()) {
            return "sessions";
        }
        if (unauthenticated.size() > settings.maxUnauthenticatedConnections()) {
            return "connections that are not logged in yet";
        }
        return excessFrom(network);
    }

    private @Nullable String excessFrom(@Nullable ByteBuffer network) {
        boolean tooMany = network != null
                && unauthenticated.values().stream().filter(network::equals).count()
                        > settings.maxUnauthenticatedPerAddress();
        return tooMany ? "connections from there that are not logged in yet" : null;
    }

    /** The part of an address by which clients are told apart. */
    static ByteBuffer network(InetAddress address) {
        byte[] bytes = address.getAddress();
        return ByteBuffer.wrap(address instanceof Inet6Address ? Arrays.copyOf(bytes, IPV6_PREFIX_BYTES) : bytes);
    }

    private void refuse(Session session, InetAddress client, String excess) {
        log.warn("{} was refused: too many {}", client.getHostAddress(), excess);
        sessionClosed(session);
        session.close(true);
    }

    /** Called again with the same bytes and more, until the line behind the header is whole. */
    @Override
    public boolean acceptServerProxyMetadata(ServerSession session, Buffer received) throws Exception {
        if (!settings.proxyProtocol().isExpectedFrom(peer(session))) {
            return true;
        }
        Optional<ProxyProtocol.Header> header =
                ProxyProtocol.parse(ByteBuffer.wrap(received.array(), received.rpos(), received.available()));
        if (header.isEmpty()) {
            return false;
        }
        received.rpos(received.rpos() + header.get().length());
        header.get().client().ifPresent(((AbstractServerSession) session)::setClientAddress);
        String excess = from(session, network(client(session)));
        if (excess != null) {
            refuse(session, client(session), excess);
            return false;
        }
        return true;
    }

    private synchronized @Nullable String from(Session session, ByteBuffer network) {
        unauthenticated.replace(session, network);
        return excessFrom(network);
    }

    @Override
    public void sessionEvent(Session session, Event event) {
        if (event == Event.Authenticated) {
            synchronized (this) {
                unauthenticated.remove(session);
            }
            logIn((ServerSession) session);
        } else if (event == Event.KexCompleted && session.isAuthenticated()) {
            // The client may ask for other algorithms when it changes the keys.
            var _ = mayUseItsAlgorithms((ServerSession) session);
        }
    }

    private void logIn(ServerSession session) {
        if (mayUseItsAlgorithms(session)
                && !SessionState.of(session)
                        .logIn(
                                proof(session),
                                sessions,
                                client(session),
                                reason -> disconnectBeside(session, reason))) {
            sendAway(
                    session,
                    SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS,
                    "This account has too many sessions; end one of them first.");
        }
    }

    private static SessionState.Proof proof(ServerSession session) {
        return SessionState.of(session).accepted(session.getUsername());
    }

    private static Account account(ServerSession session) {
        return proof(session).login().account();
    }

    private boolean mayUseItsAlgorithms(ServerSession session) {
        SessionState state = SessionState.of(session);
        Set<String> legacy = Algorithms.legacyOf(session);
        if (Algorithms.isLegacy(state.keyAlgorithm())) {
            legacy.add(state.keyAlgorithm());
        }
        if (legacy.isEmpty() || account(session).has(AccountOption.LEGACY_ALGORITHMS)) {
            return true;
        }
        sendAway(
                session,
                SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE,
                "This account may not log in with outdated algorithms (" + String.join(", ", legacy)
                        + "); use a newer client.");
        return false;
    }

    private void sendAway(ServerSession session, int code, String reason) {
        log.warn(
                "{} was sent away: {}: {}",
                client(session).getHostAddress(),
                account(session).name(),
                reason);
        // Not here: the success is not sent yet, though encoded, and packets must go in the order of their encoding.
        executor.execute(() -> {
            try {
                session.disconnect(code, reason);
            } catch (IOException e) {
                session.close(true);
            }
        });
    }

    @Override
    public void sessionClosed(Session session) {
        synchronized (this) {
            unauthenticated.remove(session);
            all.remove(session);
        }
        SessionState.of(session).end();
    }
}

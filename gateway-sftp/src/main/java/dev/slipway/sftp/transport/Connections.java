package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.net.ConnectionAdmission.Admitted;
import dev.slipway.core.net.ConnectionAdmission.Refusal;
import dev.slipway.core.net.ConnectionLimits;
import dev.slipway.core.net.ProxyProtocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
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
 * Tracks the connections, and closes excess ones before a key exchange costs anything. Behind a load balancer that
 * speaks the PROXY protocol, a connection is its client's from the header on.
 */
public final class Connections implements SessionListener, ServerProxyAcceptor {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private final ProxyProtocol proxies;
    private final Sessions sessions;
    private final Executor executor;
    private final ConnectionAdmission admission;

    @GuardedBy("this")
    private final Map<Session, Admitted> places = new HashMap<>();

    /**
     * @param proxies networks whose connections begin with a header that carries the client's address
     * @param executor gives each task a thread that may block
     */
    public Connections(ConnectionLimits limits, ProxyProtocol proxies, Sessions sessions, Executor executor) {
        this.proxies = proxies;
        this.sessions = sessions;
        this.executor = executor;
        this.admission = new ConnectionAdmission(Protocol.SFTP, limits);
    }

    /** Decides which connections are admitted. */
    public ConnectionAdmission admission() {
        return admission;
    }

    /** The client's address. */
    public static InetAddress client(ServerSession session) {
        return ((InetSocketAddress) session.getClientAddress()).getAddress();
    }

    private static InetAddress peer(Session session) {
        return ((InetSocketAddress) session.getIoSession().getRemoteAddress()).getAddress();
    }

    @Override
    public void sessionCreated(Session session) {
        InetAddress peer = peer(session);
        ConnectionAdmission.Decision decision =
                proxies.isExpectedFrom(peer) ? admission.acceptProxied(peer) : admission.accept(peer);
        switch (decision) {
            case Refusal _ -> session.close(true);
            case Admitted place -> {
                synchronized (this) {
                    places.put(session, place);
                }
            }
        }
    }

    /** How many there are, logged in or not. */
    public synchronized int count() {
        return places.size();
    }

    /** Ends all idle sessions. Returns whether none is left. */
    public boolean drain() {
        return drain(_ -> true);
    }

    /** Ends all idle sessions of clients that have had a channel. Returns whether no session is left. */
    public boolean drainStarted() {
        return drain(SessionState::hasStarted);
    }

    private boolean drain(Predicate<SessionState> ending) {
        List<Session> present;
        synchronized (this) {
            present = List.copyOf(places.keySet());
        }
        for (Session session : present) {
            SessionState state = SessionState.of(session);
            if (ending.test(state) && !state.isBusy()) {
                endInGoodOrder(session);
            }
        }
        return count() == 0;
    }

    /** A failure of one session must not keep the others from ending. */
    private static void endInGoodOrder(Session session) {
        try {
            disconnect(session, SshConstants.SSH2_DISCONNECT_BY_APPLICATION, "The server is shutting down.");
        } catch (RuntimeException e) {
            log.debug("{} did not end gracefully and is closed", session, e);
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

    private synchronized @Nullable Admitted place(Session session) {
        return places.get(session);
    }

    /** Called again with the same bytes and more, until the line after the header is complete. */
    @Override
    public boolean acceptServerProxyMetadata(ServerSession session, Buffer received) throws Exception {
        if (!proxies.isExpectedFrom(peer(session))) {
            return true;
        }
        Optional<ProxyProtocol.Header> header =
                ProxyProtocol.parse(ByteBuffer.wrap(received.array(), received.rpos(), received.available()));
        if (header.isEmpty()) {
            return false;
        }
        received.rpos(received.rpos() + header.get().length());
        header.get().client().ifPresent(((AbstractServerSession) session)::setClientAddress);
        Admitted place = place(session);
        if (place == null || place.identify(client(session)).isPresent()) {
            session.close(true);
            return false;
        }
        return true;
    }

    @Override
    public void sessionEvent(Session session, Event event) {
        if (event == Event.Authenticated) {
            logIn((ServerSession) session);
        } else if (event == Event.KexCompleted && session.isAuthenticated()) {
            // The client may ask for other algorithms when it changes the keys.
            var _ = mayUseItsAlgorithms((ServerSession) session);
        }
    }

    private void logIn(ServerSession session) {
        if (!mayUseItsAlgorithms(session)) {
            return;
        }
        Admitted place = place(session);
        Optional<Refusal> refusal = place == null ? Optional.empty() : place.logIn();
        if (refusal.isPresent()) {
            sendAway(
                    session,
                    SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS,
                    refusal.get().message());
        } else if (!SessionState.of(session)
                .logIn(proof(session), sessions, client(session), reason -> disconnectBeside(session, reason))) {
            sendAway(
                    session,
                    SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS,
                    "Too many sessions for this account; close one first.");
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
                "This account may not use outdated algorithms (" + String.join(", ", legacy)
                        + "); use a newer client.");
        return false;
    }

    private void sendAway(ServerSession session, int code, String reason) {
        log.warn(
                "{} was refused: {}: {}",
                client(session).getHostAddress(),
                account(session).name(),
                reason);
        // Not here: the success message is encoded but not sent yet, and packets must be sent in the order of their
        // encoding.
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
        Admitted place;
        synchronized (this) {
            place = places.remove(session);
        }
        if (place != null) {
            place.close();
        }
        SessionState.of(session).end();
    }
}

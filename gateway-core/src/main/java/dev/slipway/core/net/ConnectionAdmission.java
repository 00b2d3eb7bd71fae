package dev.slipway.core.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.Network;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which connections of a listener are accepted. Unauthenticated connections have a separate budget and a limit
 * for each address, and are refused at random as the budget fills up, as by OpenSSH's {@code MaxStartups}, so that a
 * client with many open connections cannot block all others. Authenticated connections count towards the number of
 * sessions, from their login on.
 *
 * <p>Logs at most one line a minute for each kind of refusal. Thread-safe; nothing blocks.
 */
public final class ConnectionAdmission {
    private static final Logger log = LoggerFactory.getLogger(ConnectionAdmission.class);
    private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

    /** What happens to a new connection. */
    public sealed interface Decision permits Admitted, Refusal {}

    /** Why a connection is refused. It is to be closed at once. */
    public enum Refusal implements Decision {
        /** At random, since there are many unauthenticated connections. */
        EARLY_DROP("Too many unauthenticated connections; try again."),
        /** The limit of unauthenticated connections is reached. */
        UNAUTHENTICATED("Too many unauthenticated connections; try again later."),
        /** The limit of unauthenticated connections from its address is reached. */
        ADDRESS("Too many unauthenticated connections from your address; try again later."),
        /** Too many connections of load balancers have not sent their PROXY header yet. */
        PROXY_HEADER("Too many connections without a PROXY header; try again later."),
        /** The limit of sessions is reached. */
        SESSIONS("Too many sessions; try again later.");

        private final String message;

        Refusal(String message) {
            this.message = message;
        }

        /** The message for the client. */
        public String message() {
            return message;
        }
    }

    private enum State {
        AWAITS_HEADER,
        UNAUTHENTICATED,
        LOGGED_IN,
        CLOSED
    }

    /** The place of an accepted connection. Its methods do nothing once it is closed. */
    public final class Admitted implements Decision, AutoCloseable {
        private State state;
        private InetAddress client;

        /** The network that the connection counts for while it is unauthenticated; null if not known yet. */
        private @Nullable Network network;

        private Admitted(State state, InetAddress client, @Nullable Network network) {
            this.state = state;
            this.client = client;
            this.network = network;
        }

        /**
         * Sets the client address of a connection that began with a PROXY header.
         *
         * @return why the connection is refused, if it is
         */
        public Optional<Refusal> identify(InetAddress from) {
            return refused(ConnectionAdmission.this.identify(this, from), from);
        }

        /**
         * The client has authenticated.
         *
         * @return why there is no session for it, if there is none; the connection then remains unauthenticated
         */
        public Optional<Refusal> logIn() {
            return refused(ConnectionAdmission.this.logIn(this), client);
        }

        /**
         * The client has logged out, and the connection stays open for another login.
         *
         * @return why the connection may not stay open, if so; it then counts as a session until it is closed
         */
        public Optional<Refusal> logOut() {
            return refused(ConnectionAdmission.this.logOut(this), client);
        }

        /** The connection has ended. Does nothing the second time. */
        @Override
        public void close() {
            leave(this);
        }
    }

    /** For the log. */
    private static final class Refusals {
        private long count;
        private long logged;
        private long loggedAt;
    }

    private final Protocol protocol;
    private final ConnectionLimits limits;
    private final RandomGenerator random;
    private final LongSupplier nanoTime;

    @GuardedBy("refusals")
    private final Map<Refusal, Refusals> refusals = new EnumMap<>(Refusal.class);

    @GuardedBy("this")
    private final Map<Network, Integer> ofNetwork = new HashMap<>();

    @GuardedBy("this")
    private int awaitingHeader;

    @GuardedBy("this")
    private int unauthenticated;

    @GuardedBy("this")
    private int loggedIn;

    /** @param protocol for the log */
    public ConnectionAdmission(Protocol protocol, ConnectionLimits limits) {
        this(protocol, limits, RandomGenerator.getDefault(), System::nanoTime);
    }

    ConnectionAdmission(Protocol protocol, ConnectionLimits limits, RandomGenerator random, LongSupplier nanoTime) {
        this.protocol = protocol;
        this.limits = limits;
        this.random = random;
        this.nanoTime = nanoTime;
    }

    /** Decides on a new connection of a client. */
    public Decision accept(InetAddress client) {
        return decide(State.UNAUTHENTICATED, client);
    }

    /**
     * Decides on a new connection of a load balancer, which begins with a PROXY header.
     *
     * @return if accepted, {@link Admitted#identify} is to be called once the header was read
     */
    public Decision acceptProxied(InetAddress balancer) {
        return decide(State.AWAITS_HEADER, balancer);
    }

    private Decision decide(State state, InetAddress peer) {
        Decision decision = place(state, peer);
        if (decision instanceof Refusal reason) {
            count(reason, peer);
        }
        return decision;
    }

    private synchronized Decision place(State state, InetAddress peer) {
        double drop = limits.dropProbability(unauthenticated);
        if (drop >= 100) {
            return Refusal.UNAUTHENTICATED;
        }
        Network network = null;
        if (state == State.UNAUTHENTICATED) {
            network = Network.ofClient(peer);
            if (isFull(network)) {
                return Refusal.ADDRESS;
            }
        } else if (awaitingHeader >= Math.max(1, limits.maxUnauthenticated() / 2)) {
            return Refusal.PROXY_HEADER;
        }
        if (drop > 0 && random.nextDouble(100) < drop) {
            return Refusal.EARLY_DROP;
        }
        Admitted place = new Admitted(state, peer, network);
        unauthenticated++;
        if (network == null) {
            awaitingHeader++;
        } else {
            ofNetwork.merge(network, 1, Integer::sum);
        }
        return place;
    }

    private synchronized @Nullable Refusal identify(Admitted place, InetAddress client) {
        if (place.state != State.AWAITS_HEADER) {
            return null;
        }
        place.state = State.UNAUTHENTICATED;
        place.client = client;
        awaitingHeader--;
        Network network = Network.ofClient(client);
        if (isFull(network)) {
            return Refusal.ADDRESS;
        }
        place.network = network;
        ofNetwork.merge(network, 1, Integer::sum);
        return null;
    }

    private synchronized @Nullable Refusal logIn(Admitted place) {
        if (place.state != State.UNAUTHENTICATED) {
            return null;
        }
        if (loggedIn >= limits.maxSessions()) {
            return Refusal.SESSIONS;
        }
        endUnauthenticated(place);
        place.state = State.LOGGED_IN;
        loggedIn++;
        return null;
    }

    private synchronized @Nullable Refusal logOut(Admitted place) {
        if (place.state != State.LOGGED_IN) {
            return null;
        }
        if (unauthenticated >= limits.maxUnauthenticated()) {
            return Refusal.UNAUTHENTICATED;
        }
        Network network = Network.ofClient(place.client);
        if (isFull(network)) {
            return Refusal.ADDRESS;
        }
        loggedIn--;
        unauthenticated++;
        place.state = State.UNAUTHENTICATED;
        place.network = network;
        ofNetwork.merge(network, 1, Integer::sum);
        return null;
    }

    private synchronized void leave(Admitted place) {
        switch (place.state) {
            case AWAITS_HEADER -> {
                awaitingHeader--;
                unauthenticated--;
            }
            case UNAUTHENTICATED -> endUnauthenticated(place);
            case LOGGED_IN -> loggedIn--;
            case CLOSED -> {}
        }
        place.state = State.CLOSED;
    }

    @GuardedBy("this")
    private void endUnauthenticated(Admitted place) {
        unauthenticated--;
        if (place.network != null) {
            ofNetwork.computeIfPresent(place.network, (_, count) -> count == 1 ? null : count - 1);
            place.network = null;
        }
    }

    @GuardedBy("this")
    private boolean isFull(Network network) {
        return ofNetwork.getOrDefault(network, 0) >= limits.maxUnauthenticatedPerAddress();
    }

    private Optional<Refusal> refused(@Nullable Refusal reason, InetAddress client) {
        if (reason != null) {
            count(reason, client);
        }
        return Optional.ofNullable(reason);
    }

    private void count(Refusal reason, InetAddress client) {
        long now = nanoTime.getAsLong();
        long news;
        synchronized (refusals) {
            Refusals so = refusals.computeIfAbsent(reason, _ -> new Refusals());
            boolean isDue = so.logged == 0 || now - so.loggedAt >= LOG_INTERVAL.toNanos();
            so.count++;
            news = isDue ? so.count - so.logged : 0;
            if (isDue) {
                so.logged = so.count;
                so.loggedAt = now;
            }
        }
        if (news == 1) {
            log.warn("Refused a connection of {} from {}: {}", protocol, client.getHostAddress(), reason.message());
        } else if (news > 1) {
            log.warn(
                    "Refused {} more connections of {}, the last one from {}: {}",
                    news,
                    protocol,
                    client.getHostAddress(),
                    reason.message());
        }
    }

    /** How many connections were refused so far for a reason. */
    public long refused(Refusal reason) {
        synchronized (refusals) {
            return refusals.computeIfAbsent(reason, _ -> new Refusals()).count;
        }
    }

    /** The current number of unauthenticated connections. */
    public synchronized int unauthenticated() {
        return unauthenticated;
    }

    /** The current number of all connections. */
    public synchronized int open() {
        return unauthenticated + loggedIn;
    }
}

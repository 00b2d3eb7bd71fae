package dev.slipway.core.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Protocol;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent.LoggedIn;
import dev.slipway.core.event.GatewayEvent.LoggedOut;
import dev.slipway.core.event.GatewayEvent.SessionRefused;
import dev.slipway.core.event.Origin;
import dev.slipway.core.event.UserCertificate;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a gateway over all protocols: counts those of each account, and lists them. Thread-safe; nothing
 * blocks.
 */
public final class Sessions {
    private final Events events;
    private final Clock clock;

    @GuardedBy("this")
    private final Set<AccountSession> open = new HashSet<>();

    @GuardedBy("this")
    private final Map<String, Integer> counts = new HashMap<>();

    @GuardedBy("this")
    private long begun;

    /** @param events receives each session's beginning and end */
    public Sessions(Events events, Clock clock) {
        this.events = events;
        this.clock = clock;
    }

    /**
     * Begins a session after a login.
     *
     * @return the session, to be closed at its end; empty if the account has reached its session limit
     */
    public Optional<AccountSession> begin(Login login, Protocol protocol, InetAddress address) {
        return begin(login, protocol, address, null);
    }

    /**
     * As above.
     *
     * @param certificate the SSH certificate that was used, if any
     */
    public Optional<AccountSession> begin(
            Login login, Protocol protocol, InetAddress address, @Nullable UserCertificate certificate) {
        Instant now = clock.instant();
        AccountSession session = add(login, protocol, address, now);
        if (session == null) {
            events.publish(
                    new SessionRefused(now, protocol, address, login.account().name()));
            return Optional.empty();
        }
        events.publish(new LoggedIn(now, session.client(), certificate));
        return Optional.of(session);
    }

    private synchronized @Nullable AccountSession add(
            Login login, Protocol protocol, InetAddress address, Instant now) {
        Account account = login.account();
        int count = counts.getOrDefault(account.name(), 0);
        if (count >= account.maxSessions()) {
            return null;
        }
        counts.put(account.name(), count + 1);
        Client client = new Client(Long.toString(++begun), protocol, address, account.name());
        AccountSession session = new AccountSession(this, login, protocol, client, now);
        open.add(session);
        return session;
    }

    void end(AccountSession session) {
        if (remove(session)) {
            Instant now = clock.instant();
            events.publish(new LoggedOut(now, session.client(), Duration.between(session.since(), now)));
        }
    }

    private synchronized boolean remove(AccountSession session) {
        if (!open.remove(session)) {
            return false;
        }
        counts.computeIfPresent(session.account().name(), (_, count) -> count == 1 ? null : count - 1);
        return true;
    }

    /** How many sessions a protocol has now. */
    public synchronized int count(Protocol protocol) {
        return (int) open.stream()
                .filter(session -> session.client().origin() == Origin.of(protocol))
                .count();
    }

    /** The current sessions, the oldest first. */
    public synchronized List<AccountSession> list() {
        return open.stream().sorted(Comparator.comparing(AccountSession::since)).toList();
    }
}

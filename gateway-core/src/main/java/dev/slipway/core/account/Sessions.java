package dev.slipway.core.account;

import dev.slipway.core.Protocol;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent.LoggedIn;
import dev.slipway.core.event.GatewayEvent.LoggedOut;
import dev.slipway.core.event.GatewayEvent.SessionRefused;
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
 * The sessions of a gateway, by all its protocols: how many an account has, and who is there. Safe for use by several
 * threads; nothing blocks.
 */
public final class Sessions {
    private final Events events;
    private final Clock clock;
    private final Set<AccountSession> open = new HashSet<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private long begun;

    /** @param events is told of each session's beginning and end */
    public Sessions(Events events, Clock clock) {
        this.events = events;
        this.clock = clock;
    }

    /**
     * Begins the session of somebody who has logged in.
     *
     * @return to be closed at its end; empty if the account has as many sessions as it may
     */
    public Optional<AccountSession> begin(Login login, Protocol protocol, InetAddress address) {
        return begin(login, protocol, address, null);
    }

    /**
     * As above.
     *
     * @param certificate what it has proved it with, if that was an SSH certificate
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
        AccountSession session = new AccountSession(this, login, client, now);
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

    /** How many are open at this moment by a protocol. */
    public synchronized int count(Protocol protocol) {
        return (int) open.stream()
                .filter(session -> session.client().protocol() == protocol)
                .count();
    }

    /** Those that are open at this moment, the oldest first. */
    public synchronized List<AccountSession> list() {
        return open.stream().sorted(Comparator.comparing(AccountSession::since)).toList();
    }
}

package dev.slipway.ftps.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The TLS sessions of connections that have logged in, by account, and of those that have not yet, by address: a client
 * with several control connections may keep all its sessions in one cache, and resume that of another connection. Safe
 * for use by several threads.
 */
final class ResumptionScopes {
    /** Maximum per account, including ended connections while another one is open. */
    private static final int MOST_OF_ACCOUNT = 16;

    /** Maximum of connections per address that are remembered while they log in. */
    private static final int MOST_OF_ADDRESS = 16;

    private static final class Entry {
        private final Deque<ResumptionScope> latest = new ArrayDeque<>();
        private int connections;
    }

    @GuardedBy("this")
    private final Map<String, Entry> accounts = new HashMap<>();

    @GuardedBy("this")
    private final Map<InetAddress, Deque<ResumptionScope>> loggingIn = new HashMap<>();

    /** A connection has a TLS session, and is going to log in. */
    synchronized void begun(InetAddress client, ResumptionScope scope) {
        addLatest(loggingIn.computeIfAbsent(client, _ -> new ArrayDeque<>()), scope, MOST_OF_ADDRESS);
    }

    /** A connection has logged in, until {@link #loggedOut}. */
    synchronized void loggedIn(InetAddress client, ResumptionScope scope, String account) {
        Entry entry = accounts.computeIfAbsent(account, _ -> new Entry());
        entry.connections++;
        addLatest(entry.latest, scope, MOST_OF_ACCOUNT);
        forget(client, scope);
    }

    private static void addLatest(Deque<ResumptionScope> scopes, ResumptionScope scope, int most) {
        scopes.remove(scope);
        scopes.addFirst(scope);
        if (scopes.size() > most) {
            scopes.removeLast();
        }
    }

    /** A connection that had logged in has ended, or logged out. */
    synchronized void loggedOut(String account) {
        accounts.computeIfPresent(account, (_, entry) -> --entry.connections == 0 ? null : entry);
    }

    /** A connection has ended. */
    synchronized void forget(InetAddress client, ResumptionScope scope) {
        loggingIn.computeIfPresent(client, (_, scopes) -> {
            scopes.remove(scope);
            return scopes.isEmpty() ? null : scopes;
        });
    }

    /** Those who have logged in to an account, the latest first. */
    synchronized List<ResumptionScope> of(String account) {
        Entry entry = accounts.get(account);
        return entry == null ? List.of() : List.copyOf(entry.latest);
    }

    /** Those at an address who have not logged in yet, the latest first. */
    synchronized List<ResumptionScope> loggingIn(InetAddress client) {
        Deque<ResumptionScope> scopes = loggingIn.get(client);
        return scopes == null ? List.of() : List.copyOf(scopes);
    }
}

package dev.slipway.admin.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.vfs.FileSystems;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The sessions of logins that use their files. A session begins with a login's first request for files, and ends with the
 * login or when it was not used for a while, so that a page that somebody has left open takes none of an account's sessions.
 * Thread-safe.
 */
final class FileSessions implements AutoCloseable {
    private static final Duration IDLE = Duration.ofMinutes(2);
    private static final Duration IDLE_LISTING = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofSeconds(5);

    /** Uploads and downloads at once: each has a connection and a buffer. */
    private static final int MOST_TRANSFERS = 64;

    private static final int MOST_TRANSFERS_OF_ACCOUNT = 16;

    /** Requests at once that may take long, such as checksums. */
    private static final int MOST_TASKS = 16;

    private static final int MOST_TASKS_OF_ACCOUNT = 4;

    /** All others at once. With the long ones, they are fewer than all requests that are handled at once. */
    private static final int MOST_REQUESTS = 32;

    private static final int MOST_REQUESTS_OF_ACCOUNT = 8;

    private final FileSystems fileSystems;
    private final Sessions sessions;
    private final AccountDirectory directory;
    private final Logins logins;
    private final Clock clock;
    private final Places transfers = new Places(MOST_TRANSFERS, MOST_TRANSFERS_OF_ACCOUNT);
    private final Places tasks = new Places(MOST_TASKS, MOST_TASKS_OF_ACCOUNT);
    private final Places requests = new Places(MOST_REQUESTS, MOST_REQUESTS_OF_ACCOUNT);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("file-sessions").factory());

    @GuardedBy("this")
    private final Map<Key, FileSession> all = new HashMap<>();

    /** A login may change its address. */
    private record Key(Logins.Login login, InetAddress address) {}

    FileSessions(FileSystems fileSystems, Sessions sessions, AccountDirectory directory, Logins logins, Clock clock) {
        this.fileSystems = fileSystems;
        this.sessions = sessions;
        this.directory = directory;
        this.logins = logins;
        this.clock = clock;
        var _ = timer.scheduleWithFixedDelay(this::sweep, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A request for files, until it is closed. Closing it twice does nothing. */
    final class Use implements AutoCloseable {
        private final FileSession session;
        private final Runnable giveBack;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Use(FileSession session, Runnable giveBack) {
            this.session = session;
            this.giveBack = giveBack;
        }

        FileSession session() {
            return session;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                session.finish(clock.instant());
                giveBack.run();
            }
        }
    }

    /**
     * Begins a request that takes no longer than a few requests to the store.
     *
     * @throws ProblemException the account may not use its files over HTTP, has as many sessions as it may have, or there
     *     are too many such requests
     */
    Use use(Logins.Login login, InetAddress address) {
        return limited(requests, login, address);
    }

    /**
     * Begins an upload or a download.
     *
     * @throws ProblemException as above
     */
    Use transfer(Logins.Login login, InetAddress address) {
        return limited(transfers, login, address);
    }

    /**
     * Begins a request that may take long.
     *
     * @throws ProblemException as above
     */
    Use task(Logins.Login login, InetAddress address) {
        return limited(tasks, login, address);
    }

    private Use limited(Places places, Logins.Login login, InetAddress address) {
        String account = login.account().name();
        if (!places.take(account)) {
            throw HttpApi.busy();
        }
        boolean begun = false;
        try {
            Use use = begin(login, address, () -> places.giveBack(account));
            begun = true;
            return use;
        } finally {
            if (!begun) {
                places.giveBack(account);
            }
        }
    }

    private synchronized Use begin(Logins.Login login, InetAddress address, Runnable giveBack) {
        Key key = new Key(login, address);
        FileSession present = all.get(key);
        if (present != null && present.begin()) {
            return new Use(present, giveBack);
        }
        FileSession opened = open(login, address);
        boolean begun = opened.begin();
        all.put(key, opened);
        opened.session().onDisconnect(_ -> ended(login, opened));
        if (!begun) {
            throw HttpApi.busy();
        }
        return new Use(opened, giveBack);
    }

    private FileSession open(Logins.Login login, InetAddress address) {
        Login files = directory
                .files(login.account(), address)
                .orElseThrow(() -> new ProblemException(
                        ProblemType.FORBIDDEN,
                        "this account may not use its files over HTTP: its protocols do not include http"));
        AccountSession session = sessions.begin(files, Protocol.HTTP, address)
                .orElseThrow(() -> new ProblemException(
                                ProblemType.UNAVAILABLE,
                                "the account has as many sessions as it may have; end another one, or wait")
                        .withHeader("Retry-After", "5"));
        return new FileSession(session, fileSystems.open(session), clock.instant());
    }

    /** The session was ended by somebody else than its client, or its account may no longer log in. */
    private void ended(Logins.Login login, FileSession session) {
        session.end();
        logins.end(login);
    }

    /** Ends the sessions of a login that is over. */
    void end(Logins.Login login) {
        remove((key, _) -> key.login() == login);
    }

    private interface Condition {
        boolean holds(Key key, FileSession session);
    }

    private void remove(Condition condition) {
        List<FileSession> ending = new ArrayList<>();
        synchronized (this) {
            all.entrySet().removeIf(entry -> {
                boolean over = condition.holds(entry.getKey(), entry.getValue());
                if (over) {
                    ending.add(entry.getValue());
                }
                return over;
            });
        }
        ending.forEach(FileSession::end);
    }

    private void sweep() {
        Instant now = clock.instant();
        Map<Key, FileSession> present;
        synchronized (this) {
            present = Map.copyOf(all);
        }
        present.forEach((key, session) -> {
            if (session.isInUse()) {
                // Somebody who waits for a long upload uses the login.
                logins.use(key.login());
            } else if (session.isIdleSince(now.minus(IDLE_LISTING))) {
                session.closeListings();
            }
        });
        remove((key, session) ->
                session.isIdleSince(now.minus(IDLE)) || (!session.isInUse() && !logins.has(key.login())));
    }

    /** Ends all sessions. */
    @Override
    public void close() {
        timer.shutdownNow();
        remove((_, _) -> true);
    }
}

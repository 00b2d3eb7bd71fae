package dev.slipway.core.account;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends sessions whose login would now fail ({@link Login#current}), idle ones included. Checks once a second; a command
 * is refused without waiting for that. Does not depend on the database, and so ends sessions of expired accounts while
 * the database cannot be reached.
 */
public final class SessionWatch implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Sessions sessions;
    private final CountDownLatch closed = new CountDownLatch(1);

    private SessionWatch(Sessions sessions) {
        this.sessions = sessions;
    }

    /** Starts to watch sessions. */
    public static SessionWatch start(Sessions sessions) {
        SessionWatch watch = new SessionWatch(sessions);
        Thread.ofPlatform().name("session-watch").daemon().start(watch::run);
        return watch;
    }

    private void run() {
        try {
            while (!closed.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                for (AccountSession session : sessions.list()) {
                    Optional<Account> _ = session.current();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops watching. */
    @Override
    public void close() {
        closed.countDown();
    }
}

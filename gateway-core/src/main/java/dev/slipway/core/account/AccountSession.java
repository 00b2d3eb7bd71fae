package dev.slipway.core.account;

import dev.slipway.core.event.Client;
import java.time.Instant;

/** Somebody who is logged in. Safe for use by several threads. */
public final class AccountSession implements AutoCloseable {
    private final Sessions sessions;
    private final Account account;
    private final Client client;
    private final Instant since;
    private volatile Runnable disconnection = () -> {};

    AccountSession(Sessions sessions, Account account, Client client, Instant since) {
        this.sessions = sessions;
        this.account = account;
        this.client = client;
        this.since = since;
    }

    /** The account as it was at the login. */
    public Account account() {
        return account;
    }

    /** Who it is, for events and logs. */
    public Client client() {
        return client;
    }

    /** When it began. */
    public Instant since() {
        return since;
    }

    /**
     * Says how it is ended before its client wants it; to be called once, right after its beginning.
     *
     * @param action must not block
     */
    public void onDisconnect(Runnable action) {
        disconnection = action;
    }

    /** Ends it: what is open is closed, uploads that were not committed are aborted or suspended. Returns before that. */
    public void disconnect() {
        disconnection.run();
    }

    /** Makes room for another session of the account. Does nothing the second time. */
    @Override
    public void close() {
        sessions.end(this);
    }
}

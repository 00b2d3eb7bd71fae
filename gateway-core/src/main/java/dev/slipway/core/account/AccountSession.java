package dev.slipway.core.account;

import dev.slipway.core.event.Client;
import java.time.Instant;

/** Somebody who is logged in. Safe for use by several threads. */
public final class AccountSession implements AutoCloseable {
    private final Sessions sessions;
    private final Account account;
    private final Client client;
    private final Instant since;

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

    /** Makes room for another session of the account. Does nothing the second time. */
    @Override
    public void close() {
        sessions.end(this);
    }
}

package dev.slipway.core.account;

import dev.slipway.core.event.Client;
import java.time.Instant;

/** Somebody who is logged in. Safe for use by several threads. */
public final class AccountSession implements AutoCloseable {
    /** What a session is there for. */
    public enum Use {
        FTPS,
        SFTP,
        SCP,
        /** A command or a shell over SSH. */
        SSH
    }

    private final Sessions sessions;
    private final Account account;
    private final Client client;
    private final Instant since;
    private volatile Runnable disconnection = () -> {};
    private volatile Use use;

    AccountSession(Sessions sessions, Account account, Client client, Instant since) {
        this.sessions = sessions;
        this.account = account;
        this.client = client;
        this.since = since;
        this.use = switch (client.protocol()) {
            case FTPS -> Use.FTPS;
            case SFTP -> Use.SFTP;
        };
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

    /** What it is there for: what its client has asked for last, where a protocol has several things to ask for. */
    public Use use() {
        return use;
    }

    /** Says what its client has asked for. */
    public void use(Use asked) {
        use = asked;
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

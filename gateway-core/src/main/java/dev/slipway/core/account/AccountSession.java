package dev.slipway.core.account;

import dev.slipway.core.event.Client;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger log = LoggerFactory.getLogger(AccountSession.class);

    private static final String BY_ADMINISTRATOR = "An administrator has ended this session.";
    private static final String RIGHTS_ENDED = "This account has expired or was changed; log in again.";

    private final Sessions sessions;
    private final Login login;
    private final Client client;
    private final Instant since;
    private volatile Use use;
    private @Nullable Consumer<String> disconnection; // guarded by this
    private @Nullable String ending; // guarded by this

    AccountSession(Sessions sessions, Login login, Client client, Instant since) {
        this.sessions = sessions;
        this.login = login;
        this.client = client;
        this.since = since;
        this.use = switch (client.protocol()) {
            case FTPS -> Use.FTPS;
            case SFTP -> Use.SFTP;
        };
    }

    /** The account as it was at the login. */
    public Account account() {
        return login.account();
    }

    /**
     * The account as it is now; to be asked at each command. From memory. Empty once the login would fail
     * ({@link Login#current}), which also begins the end of this session.
     */
    public Optional<Account> current() {
        return orEnd(login.current());
    }

    /** As {@link #current}, but asks first whether an account was changed. Blocks for the database. */
    public Optional<Account> verify() {
        return orEnd(login.verify());
    }

    private Optional<Account> orEnd(Optional<Account> account) {
        if (account.isEmpty() && disconnect(RIGHTS_ENDED)) {
            log.info(
                    "A session of '{}' from {} ends: the account has expired or may no longer log in",
                    client.account(),
                    client.address().getHostAddress());
        }
        return account;
    }

    /** What a token that is added in this session needs to end with its rights; empty if those never end. */
    public Optional<TokenOwner> tokenOwner() {
        return login.tokenOwner();
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
     * @param action gets a sentence for the client; is called once, must not block
     */
    public void onDisconnect(Consumer<String> action) {
        String reason;
        synchronized (this) {
            disconnection = action;
            reason = ending;
        }
        if (reason != null) {
            action.accept(reason);
        }
    }

    /** Ends it: what is open is closed, uploads that were not committed are aborted or suspended. Returns before that. */
    public void disconnect() {
        boolean _ = disconnect(BY_ADMINISTRATOR);
    }

    /** Returns false if its end has begun before. */
    private boolean disconnect(String reason) {
        Consumer<String> action;
        synchronized (this) {
            if (ending != null) {
                return false;
            }
            ending = reason;
            action = disconnection;
        }
        if (action != null) {
            action.accept(reason);
        }
        return true;
    }

    /** Makes room for another session of the account. Does nothing the second time. */
    @Override
    public void close() {
        sessions.end(this);
    }
}

package dev.slipway.core.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Protocol;
import dev.slipway.core.event.Client;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The session of a logged-in client. Thread-safe. */
public final class AccountSession implements AutoCloseable {
    /** What a session is used for. */
    public enum Use {
        FTPS,
        SFTP,
        SCP,
        /** A command or a shell over SSH. */
        SSH,
        /** Files in a browser, or over the HTTP API. */
        HTTP
    }

    private static final Logger log = LoggerFactory.getLogger(AccountSession.class);

    private static final String BY_ADMINISTRATOR = "An administrator has ended this session.";
    private static final String RIGHTS_ENDED = "This account has expired or was changed; log in again.";

    private final Sessions sessions;
    private final Login login;
    private final Client client;
    private final Instant since;
    private volatile Use use;

    @GuardedBy("this")
    private @Nullable Consumer<String> disconnection;

    @GuardedBy("this")
    private @Nullable String ending;

    AccountSession(Sessions sessions, Login login, Protocol protocol, Client client, Instant since) {
        this.sessions = sessions;
        this.login = login;
        this.client = client;
        this.since = since;
        this.use = switch (protocol) {
            case FTPS -> Use.FTPS;
            case SFTP -> Use.SFTP;
            case HTTP -> Use.HTTP;
        };
    }

    /** The account as it was at the login. */
    public Account account() {
        return login.account();
    }

    /**
     * Returns the account as it is now; to be called for each command. From memory. Empty once the login would fail
     * ({@link Login#current}), which also ends this session.
     */
    public Optional<Account> current() {
        return orEnd(login.current());
    }

    /** Like {@link #current}, but checks the database for changes first. Blocks for that. */
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

    /** Who owns a token that is added in this session; empty if the session's rights never end. */
    public Optional<TokenOwner> tokenOwner() {
        return login.tokenOwner();
    }

    /** The client, for events and logs. */
    public Client client() {
        return client;
    }

    /** When it began. */
    public Instant since() {
        return since;
    }

    /** Its latest use, as some protocols have several. */
    public Use use() {
        return use;
    }

    /** Sets what the client now uses it for. */
    public void use(Use asked) {
        use = asked;
    }

    /**
     * Sets how to disconnect the client; to be called once, when the session begins.
     *
     * @param action receives a sentence for the client; called at most once, must not block
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

    /**
     * Starts to end the session: transfers are closed, so that uncommitted uploads are aborted or interrupted. Returns
     * at once.
     */
    public void disconnect() {
        boolean _ = disconnect(BY_ADMINISTRATOR);
    }

    /** Returns false if it is already ending. */
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

    /** Frees its place among the account's sessions. Does nothing the second time. */
    @Override
    public void close() {
        sessions.end(this);
    }
}

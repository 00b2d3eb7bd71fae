package dev.slipway.ftps.control;

import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Login;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.ftps.tls.ConnectionTls;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Who is logged in on a control connection. Fields belong to the session's thread. */
public final class SessionLogin {
    private static final int MAX_FAILED_LOGINS = 3;

    static final String TOOK_TOO_LONG = "Login timeout; closing control connection.";

    private final Environment environment;
    private final CommandQueue queue;
    private final ControlConnection connection;
    private final ConnectionTls tls;
    private final InetAddress client;
    private final ConnectionAdmission.Admitted place;
    private @Nullable String userName;
    private @Nullable VirtualFileSystem files;
    private int failedLogins;

    SessionLogin(
            Environment environment,
            CommandQueue queue,
            ControlConnection connection,
            ConnectionTls tls,
            InetAddress client,
            ConnectionAdmission.Admitted place) {
        this.environment = environment;
        this.queue = queue;
        this.connection = connection;
        this.tls = tls;
        this.client = client;
        this.place = place;
    }

    public void setUserName(String name) {
        userName = name;
    }

    public @Nullable String userName() {
        return userName;
    }

    /**
     * Starts the account's session.
     *
     * @return the reason if it is refused; the session must then be ended
     */
    public Optional<String> logIn(Login proven) {
        Optional<ConnectionAdmission.Refusal> refusal = place.logIn();
        if (refusal.isPresent()) {
            return refusal.map(ConnectionAdmission.Refusal::message);
        }
        Optional<AccountSession> begun = environment.sessions().begin(proven, Protocol.FTPS, client);
        if (begun.isEmpty()) {
            return Optional.of("Too many sessions for this account; close one first.");
        }
        AccountSession session = begun.get();
        tls.loggedIn(session.account().name());
        queue.logIn(session);
        markThread();
        session.onDisconnect(reason -> environment.executor().execute(() -> disconnect(session, reason)));
        files = environment.fileSystems().open(session);
        failedLogins = 0;
        connection.watchIdleTime();
        return Optional.empty();
    }

    /** Ends the session unconditionally, unless somebody else has logged in since. */
    private void disconnect(AccountSession over, String reason) {
        if (queue.endLogin(over, reason)) {
            connection.reply(new Reply(421, reason));
            connection.hangUp();
        }
    }

    void logOut() {
        AccountSession over = queue.logOut();
        markThread();
        if (over != null) {
            over.close();
            tls.loggedOut();
            awaitNextLogin();
        }
        userName = null;
        files = null;
    }

    /** A connection without a login counts as new, and has the same time to log in again, if it may stay. */
    private void awaitNextLogin() {
        Optional<ConnectionAdmission.Refusal> refusal = place.logOut();
        String reason = refusal.map(ConnectionAdmission.Refusal::message).orElse(TOOK_TOO_LONG);
        long millis = refusal.isPresent()
                ? 0
                : environment.settings().authenticationTimeout().toMillis();
        Future<?> overdue =
                environment.timer().schedule(() -> endUnlessLoggedIn(reason), millis, TimeUnit.MILLISECONDS);
        queue.awaitLogin(overdue);
    }

    /** Ends the session if nobody has logged in yet. May be called by any thread. */
    void endUnlessLoggedIn(String reason) {
        if (queue.endUnlessLoggedIn()) {
            connection.reply(new Reply(421, reason));
            connection.hangUp();
        }
    }

    /** Counts a failed login; true when there were too many. */
    public boolean failed() {
        userName = null;
        return ++failedLogins >= MAX_FAILED_LOGINS;
    }

    public boolean isLoggedIn() {
        return files != null;
    }

    /** Who is logged in. */
    public AccountSession session() {
        AccountSession session = queue.login();
        if (session == null) {
            throw new IllegalStateException("not logged in");
        }
        return session;
    }

    /** Whether the login would still succeed; if not, the session is ended with its own reply. */
    public boolean mayGoOn() {
        return session().current().isPresent();
    }

    public VirtualFileSystem files() {
        if (files == null) {
            throw new IllegalStateException("not logged in");
        }
        return files;
    }

    /** Adds the login to the log lines of the current thread. */
    void markThread() {
        AccountSession current = queue.login();
        if (current == null) {
            MDC.clear();
        } else {
            current.client().markThread();
        }
    }
}

package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Sessions;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The FTP and SSH sessions of this gateway. No call blocks; all may come from any thread. */
public final class ManagedSessions {
    private final Sessions sessions;
    private final Principal principal;

    ManagedSessions(Sessions sessions, Principal principal) {
        this.sessions = sessions;
        this.principal = principal;
    }

    /**
     * Sessions, oldest first.
     *
     * @param account only those of this account; null for all
     */
    public List<AccountSession> list(@Nullable String account) throws ManagementException {
        principal.require(Right.SEE);
        return sessions.list().stream()
                .filter(session -> account == null || session.client().account().equals(account))
                .toList();
    }

    /** Those of these sessions that exist. */
    public List<AccountSession> find(Collection<String> ids) throws ManagementException {
        return list(null).stream()
                .filter(session -> ids.contains(session.client().session()))
                .toList();
    }

    /** Disconnects sessions. Their uploads are interrupted, or aborted if they cannot be resumed. */
    public void disconnect(Collection<AccountSession> wanted) throws ManagementException {
        principal.require(Right.END_SESSIONS);
        wanted.forEach(AccountSession::disconnect);
    }

    /**
     * Fails if some of the wanted sessions are not among the found ones.
     *
     * @throws ManagementException some are missing
     */
    public static void requireAll(Collection<String> wanted, Collection<AccountSession> found)
            throws ManagementException {
        ManagementException.throwIfMissing(
                Reason.UNKNOWN_SESSION,
                "session",
                wanted,
                found.stream().map(session -> session.client().session()).toList());
    }
}

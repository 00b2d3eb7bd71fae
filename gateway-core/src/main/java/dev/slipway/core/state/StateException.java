package dev.slipway.core.state;

import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An operation of the state database failed: its disk is full, it cannot be reached, or it was closed. */
public final class StateException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    static final String DISK_FULL = "its disk is full";

    private final boolean outage;

    private StateException(String message, @Nullable Throwable cause, boolean outage) {
        super(message, cause);
        this.outage = outage;
    }

    /** Converts an exception of the database or its driver. */
    static StateException of(Throwable cause) {
        return reason(cause)
                .map(StateException::outage)
                .orElseGet(() -> new StateException("the state database failed: " + cause, cause, false));
    }

    /** @param reason what is wrong with the database, in a few words */
    static StateException outage(String reason) {
        StateException outage = new StateException("the state database cannot be used: " + reason, null, true);
        outage.setStackTrace(new StackTraceElement[0]);
        return outage;
    }

    /**
     * Whether the database cannot be used at all at present. The message then contains the reason, and there is neither
     * a cause nor a stack trace: {@link StateDatabase} has logged the outage, and many operations fail for the same
     * reason.
     */
    public boolean isOutage() {
        return outage;
    }

    /** Whether something failed because of an outage of the database. */
    public static boolean isCauseOf(Throwable thrown) {
        return in(thrown).filter(StateException::isOutage).isPresent();
    }

    /** Finds one in a chain of causes. */
    public static Optional<StateException> in(@Nullable Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof StateException state) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }

    /** What is wrong with the database itself, rather than with a statement; empty otherwise. */
    private static Optional<String> reason(@Nullable Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof org.sqlite.SQLiteException sqlite) {
                return ofSqlite(sqlite.getResultCode().code & 0xff);
            }
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                Optional<String> reason = ofServer(sql.getSQLState());
                if (reason.isPresent()) {
                    return reason;
                }
            }
        }
        return Optional.empty();
    }

    /** See <a href="https://www.sqlite.org/rescode.html">SQLite, result codes</a>. */
    private static Optional<String> ofSqlite(int code) {
        return switch (code) {
            case 5, 6 -> Optional.of("it is locked");
            case 8 -> Optional.of("it is read-only");
            case 10 -> Optional.of("its disk fails");
            case 11, 26 -> Optional.of("its file is damaged");
            case 13 -> Optional.of(DISK_FULL);
            case 14 -> Optional.of("its file cannot be opened");
            default -> Optional.empty();
        };
    }

    /** See <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL, error codes</a>. */
    private static Optional<String> ofServer(String state) {
        if (state.equals("53100")) {
            return Optional.of(DISK_FULL);
        }
        if (state.startsWith("08") || state.startsWith("57P")) {
            return Optional.of("it cannot be reached");
        }
        return state.equals("25006") ? Optional.of("it is read-only") : Optional.empty();
    }
}

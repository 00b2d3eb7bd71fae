package dev.slipway.transfer.job;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import org.jspecify.annotations.Nullable;

/** A job failed. The message is for people. */
public final class JobException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    private JobException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    /** Another attempt may succeed. */
    public static JobException temporary(String message, Throwable cause) {
        return new JobException(message, true, cause);
    }

    /** No attempt can succeed until somebody changes something. */
    public static JobException permanent(String message, Throwable cause) {
        return new JobException(message, false, cause);
    }

    /** A file operation failed: whether another attempt may succeed follows from the failure. */
    public static JobException of(Failure failure, String message, Throwable cause) {
        return new JobException(message, failure.isTemporary(), cause);
    }

    /** A request to the store failed. What the store itself refuses is refused again. */
    @SuppressWarnings("exports") // only Slipway itself calls it
    public static JobException of(StoreException cause, String message) {
        return new JobException(message, cause.failure().isTemporary() && !cause.isPermanent(), cause);
    }

    /** As above, for what no other failure has caused. */
    public static JobException temporary(String message) {
        return new JobException(message, true, null);
    }

    /** As above, for what no other failure has caused. */
    public static JobException permanent(String message) {
        return new JobException(message, false, null);
    }

    /** Whether another attempt may succeed. */
    public boolean isRetryable() {
        return retryable;
    }
}

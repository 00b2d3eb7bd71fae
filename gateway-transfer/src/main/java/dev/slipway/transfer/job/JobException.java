package dev.slipway.transfer.job;

import org.jspecify.annotations.Nullable;

/** A job could not be done. Its message is for people. */
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

    /** No other attempt would succeed unless somebody changes something. */
    public static JobException permanent(String message, Throwable cause) {
        return new JobException(message, false, cause);
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

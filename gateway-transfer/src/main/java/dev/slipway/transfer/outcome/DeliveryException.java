package dev.slipway.transfer.outcome;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A delivery failed or was not confirmed. The message is for the log and contains no secrets. */
public final class DeliveryException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean isFinal;
    private final Duration notBefore;

    private DeliveryException(String message, boolean isFinal, Duration notBefore, @Nullable Throwable cause) {
        super(message, cause);
        this.isFinal = isFinal;
        this.notBefore = notBefore;
    }

    /** Another attempt may succeed. */
    public static DeliveryException temporary(String message, @Nullable Throwable cause) {
        return new DeliveryException(message, false, Duration.ZERO, cause);
    }

    /** Another attempt may succeed, but not before a time set by the target. */
    static DeliveryException notBefore(String message, Duration time) {
        return new DeliveryException(message, false, time, null);
    }

    /** The event cannot be delivered, now or later. */
    public static DeliveryException unwanted(String message) {
        return new DeliveryException(message, true, Duration.ZERO, null);
    }

    /** Whether the target refuses the event for good. */
    public boolean isFinal() {
        return isFinal;
    }

    Duration notBefore() {
        return notBefore;
    }
}

package dev.slipway.transfer.outcome;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A target was not told, or has not confirmed it. Its message goes to the log and has no secret in it. */
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

    /** Another attempt may succeed, and the target does not want it before a time. */
    static DeliveryException notBefore(String message, Duration time) {
        return new DeliveryException(message, false, time, null);
    }

    /** The target does not want to hear of it. */
    static DeliveryException unwanted(String message) {
        return new DeliveryException(message, true, Duration.ZERO, null);
    }

    boolean isFinal() {
        return isFinal;
    }

    Duration notBefore() {
        return notBefore;
    }
}

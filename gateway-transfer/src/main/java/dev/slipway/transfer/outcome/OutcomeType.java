package dev.slipway.transfer.outcome;

import java.util.Locale;

/** Whether a job succeeded. The names appear in the events. */
public enum OutcomeType {
    SUCCESS,
    /** Also what was cancelled, and messages that were refused. */
    FAIL;

    /** The type of the CloudEvent. */
    String eventType() {
        return "dev.slipway.transfer." + name().toLowerCase(Locale.ROOT);
    }
}

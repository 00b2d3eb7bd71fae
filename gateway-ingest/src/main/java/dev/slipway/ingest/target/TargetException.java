package dev.slipway.ingest.target;

import org.jspecify.annotations.Nullable;

/** Files cannot be stored at a target as it is specified. The message is for people. */
public final class TargetException extends Exception {
    private static final long serialVersionUID = 1L;

    TargetException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

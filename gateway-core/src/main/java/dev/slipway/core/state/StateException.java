package dev.slipway.core.state;

import org.jspecify.annotations.Nullable;

/** The state database could not do what was asked: its file is locked, its disk is full, or it was closed. */
public final class StateException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    StateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

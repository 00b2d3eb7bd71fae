package dev.slipway.ingest.archive;

import dev.slipway.core.store.ObjectKey;
import java.io.IOException;

/** A file cannot be put into the archive that is being made: somebody has changed it, or it cannot be read. */
final class LeftOutException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient ObjectKey key;
    private final boolean isChanged;

    LeftOutException(ObjectKey key, boolean isChanged, Throwable cause) {
        super(String.valueOf(cause.getMessage()), cause);
        this.key = key;
        this.isChanged = isChanged;
    }

    ObjectKey key() {
        return key;
    }

    /** Whether somebody has replaced or deleted it, which is no problem. */
    boolean isChanged() {
        return isChanged;
    }
}

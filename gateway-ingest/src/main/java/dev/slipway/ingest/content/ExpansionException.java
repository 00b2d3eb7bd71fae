package dev.slipway.ingest.content;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file cannot be decompressed or expanded: it is damaged, beyond a limit, or has members that are refused. Another attempt
 * would fail in the same way. The message is for people.
 */
public final class ExpansionException extends IOException {
    private static final long serialVersionUID = 1L;

    ExpansionException(String message) {
        super(message);
    }

    ExpansionException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package dev.slipway.ingest.openpgp;

import dev.slipway.core.VfsException;
import dev.slipway.ingest.content.ExpansionException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file or a key is at fault: it is damaged, for somebody else, not signed, or refused. Another attempt would fail in the
 * same way. The message is for people, and has nothing secret in it.
 */
public final class OpenPgpException extends IOException {
    private static final long serialVersionUID = 1L;

    OpenPgpException(String message) {
        super(message);
    }

    private OpenPgpException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * What a library failed with. A failure of the store, and one that says already what is wrong with the file, stays
     * what it is, however deep the library has wrapped it.
     *
     * @param message for every other failure
     */
    static IOException of(String message, Exception e) {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof VfsException
                    || cause instanceof OpenPgpException
                    || cause instanceof ExpansionException) {
                return (IOException) cause;
            }
        }
        return new OpenPgpException(message, e);
    }
}

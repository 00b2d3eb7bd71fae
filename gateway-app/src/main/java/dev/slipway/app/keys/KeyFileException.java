package dev.slipway.app.keys;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A key or certificate file cannot be used. The message names the file and says what is expected. */
public final class KeyFileException extends IOException {
    private static final long serialVersionUID = 1L;

    KeyFileException(Path file, String message, @Nullable Throwable cause) {
        super(file + ": " + message, cause);
    }

    KeyFileException(Path file, String message) {
        this(file, message, null);
    }
}

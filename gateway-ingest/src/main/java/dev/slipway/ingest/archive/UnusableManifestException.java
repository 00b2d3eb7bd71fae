package dev.slipway.ingest.archive;

import java.io.IOException;

/** A manifest cannot be sent as it is, however often that is tried. The message is for people. */
final class UnusableManifestException extends IOException {
    private static final long serialVersionUID = 1L;

    UnusableManifestException(String message) {
        super(message);
    }

    UnusableManifestException(String message, Throwable cause) {
        super(message, cause);
    }
}

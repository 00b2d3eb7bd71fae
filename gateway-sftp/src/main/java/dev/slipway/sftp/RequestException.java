package dev.slipway.sftp;

import java.io.IOException;

/** A request fails with this status and message. */
final class RequestException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Status status;

    RequestException(Status status, String message) {
        super(message);
        this.status = status;
    }

    Status status() {
        return status;
    }
}

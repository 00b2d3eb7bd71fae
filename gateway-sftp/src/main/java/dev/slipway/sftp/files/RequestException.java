package dev.slipway.sftp.files;

import java.io.IOException;

/** A request fails with this status and message. */
public final class RequestException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Status status;

    public RequestException(Status status, String message) {
        super(message);
        this.status = status;
    }

    public Status status() {
        return status;
    }
}

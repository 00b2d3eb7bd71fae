package dev.slipway.admin.command;

import java.io.IOException;

/** Somebody did not want to wait for the end of a command any more. */
final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;

    /** As a shell reports what SIGINT has ended. */
    static final int STATUS = 130;

    CancelledException() {
        super("cancelled");
    }
}

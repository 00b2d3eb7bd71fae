package dev.slipway.admin.command;

import java.io.IOException;

/** A command was cancelled. */
final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;

    /** As a shell reports a command ended by SIGINT. */
    static final int STATUS = 130;

    CancelledException() {
        super("cancelled");
    }
}

package dev.slipway.admin.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Input and output of a command, and its cancellation. */
public interface Console {
    /** For results. */
    PrintWriter out();

    /** For everything else. */
    PrintWriter err();

    /** The standard input; reading blocks. */
    default InputStream input() {
        return InputStream.nullInputStream();
    }

    /**
     * Asks for input at a terminal, without echo.
     *
     * @return null if there is no terminal
     */
    default char @Nullable [] readSecret(String prompt) throws IOException {
        return null;
    }

    /**
     * Asks for a line at a terminal.
     *
     * @return null if there is no terminal
     */
    default @Nullable String readLine(String prompt) throws IOException {
        return null;
    }

    /** The columns of the output terminal; 0 if there is none. */
    default int columns() {
        return 0;
    }

    /** Whether there is an output terminal that can show all Unicode characters. */
    default boolean isUnicode() {
        return false;
    }

    /**
     * Waits.
     *
     * @return true, at once, if the command was cancelled or its user disconnected
     */
    boolean isCancelledWithin(Duration time);
}

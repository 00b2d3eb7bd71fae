package dev.slipway.admin.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where a command reads and writes, and how it hears that nobody waits for it any more. */
public interface Console {
    /** For results. */
    PrintWriter out();

    /** For everything else. */
    PrintWriter err();

    /** What somebody has put there for the command, if anything; reading blocks. */
    default InputStream input() {
        return InputStream.nullInputStream();
    }

    /**
     * Asks somebody at a terminal for something that does not show while it is typed.
     *
     * @return null if there is no terminal
     */
    default char @Nullable [] readSecret(String prompt) throws IOException {
        return null;
    }

    /**
     * Asks somebody at a terminal for a line.
     *
     * @return null if there is no terminal
     */
    default @Nullable String readLine(String prompt) throws IOException {
        return null;
    }

    /** How many characters fit in a line of the terminal that the output goes to; 0 if it does not go to one. */
    default int columns() {
        return 0;
    }

    /**
     * Waits.
     *
     * @return whether the command is to end, since it was cancelled or nobody is there any more; at once, then
     */
    boolean isCancelledWithin(Duration time);
}

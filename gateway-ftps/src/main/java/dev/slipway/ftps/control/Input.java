package dev.slipway.ftps.control;

import java.util.Locale;
import org.apache.ftpserver.ftplet.FtpRequest;
import org.jspecify.annotations.Nullable;

/** One line from the client. */
sealed interface Input {
    /** Memory of a waiting line in addition to its text, in bytes. */
    int OVERHEAD = 160;

    /** The bytes that it takes while it waits. */
    int weight();

    /**
     * A command.
     *
     * @param getCommand the verb in upper case
     * @param getArgument everything after the first space, including spaces, or null
     */
    record Line(
            String getRequestLine,
            String getCommand,
            @Nullable String getArgument,
            long getReceivedTime) implements Input, FtpRequest {

        static Line parse(String line) {
            int space = line.indexOf(' ');
            String verb = space < 0 ? line : line.substring(0, space);
            String argument = space < 0 || space + 1 == line.length() ? null : line.substring(space + 1);
            return new Line(line, verb.toUpperCase(Locale.ROOT), argument, System.currentTimeMillis());
        }

        @Override
        public boolean hasArgument() {
            return getArgument != null;
        }

        @Override
        public int weight() {
            // Java uses two bytes per character if one of them is beyond Latin-1.
            boolean wide = getRequestLine.chars().anyMatch(character -> character > 0xFF);
            // The line and its argument.
            return 2 * getRequestLine.length() * (wide ? 2 : 1) + OVERHEAD;
        }

        /** For the log: see {@link LoggedCommand}. */
        @Override
        public String toString() {
            return LoggedCommand.of(this);
        }
    }

    /** An invalid line, and the reply to it. */
    record Unreadable(Reply answer) implements Input {
        @Override
        public int weight() {
            return OVERHEAD;
        }
    }
}

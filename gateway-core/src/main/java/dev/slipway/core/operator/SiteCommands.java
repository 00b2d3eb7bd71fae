package dev.slipway.core.operator;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountSession;
import java.util.List;

/**
 * Commands that accounts with the option {@code PUSH} may send over a file protocol, as with FTP's SITE. Called by
 * several threads at once, which may block.
 */
public interface SiteCommands {
    /** The names of the commands, in capital letters and sorted. */
    List<String> names();

    /**
     * Runs a command.
     *
     * @param login the session that sends it
     * @param directory the directory to which paths are relative
     * @param name one of {@link #names}
     * @param arguments the rest of the line; may be empty
     */
    Answer run(AccountSession login, VirtualPath directory, String name, String arguments);

    /**
     * The result of a command.
     *
     * @param status 0 for success, 2 for wrong arguments, anything else for a failure
     * @param lines the text of the answer, at least one line
     */
    record Answer(int status, List<String> lines) {
        public Answer {
            lines = List.copyOf(lines);
        }
    }
}

package dev.slipway.core.operator;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountSession;
import java.util.List;

/**
 * Commands that an account with the option {@code PUSH} gives in a protocol for files, such as FTP's SITE. Called by several
 * threads at once, which may block.
 */
public interface SiteCommands {
    /** Their names, in capital letters and in order. */
    List<String> names();

    /**
     * Carries out a command.
     *
     * @param login who gives it
     * @param directory what paths are relative to
     * @param name one of {@link #names}
     * @param arguments what stands behind it; may be empty
     */
    Answer run(AccountSession login, VirtualPath directory, String name, String arguments);

    /**
     * What came of it.
     *
     * @param status 0 for success, 2 for wrong arguments, anything else for a failure
     * @param lines what is to be said of it, at least one
     */
    record Answer(int status, List<String> lines) {
        public Answer {
            lines = List.copyOf(lines);
        }
    }
}

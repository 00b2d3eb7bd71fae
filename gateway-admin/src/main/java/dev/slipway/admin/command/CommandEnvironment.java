package dev.slipway.admin.command;

import dev.slipway.admin.management.Services;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** Where commands run: inside a running gateway, or separately. */
public interface CommandEnvironment {
    /** What a command does. */
    interface Work {
        /**
         * Performs the work. May block.
         *
         * @throws IOException it failed; the message is for the user
         */
        void run(Services services) throws IOException;
    }

    /** Who runs a command here. */
    Caller caller();

    /** Its input and output. */
    Console console(CommandSpec command);

    /** Whether file names in commands refer to the user's own machine. */
    boolean readsFiles();

    /** Runs the work with its services, and closes them afterwards. */
    void with(CommandSpec command, Work work) throws IOException;
}

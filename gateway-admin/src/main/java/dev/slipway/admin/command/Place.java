package dev.slipway.admin.command;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** Where commands run: beside a gateway, or inside of one that runs. */
public interface Place {
    /** What a command does. */
    interface Work {
        /**
         * Does it. May block.
         *
         * @throws IOException it could not be done; the message is for the person who has asked for it
         */
        void run(Services services) throws IOException;
    }

    /** Who runs a command here. */
    Caller caller();

    /** Where it reads and writes. */
    Console console(CommandSpec command);

    /** Whether the files that a command names here are those of the one who runs it. */
    boolean readsFiles();

    /** Runs the work with what it needs, and gives that back thereafter. */
    void with(CommandSpec command, Work work) throws IOException;
}

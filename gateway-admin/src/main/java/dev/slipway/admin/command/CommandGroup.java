package dev.slipway.admin.command;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that only has subcommands. */
abstract class CommandGroup implements Runnable {
    private final String subcommands;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** @param subcommands their names: {@code list or remove} */
    CommandGroup(String subcommands) {
        this.subcommands = subcommands;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Missing subcommand: " + spec.qualifiedName() + " " + subcommands);
    }
}

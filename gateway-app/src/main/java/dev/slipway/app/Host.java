package dev.slipway.app;

import dev.slipway.admin.command.Caller;
import dev.slipway.admin.command.CommandEnvironment;
import dev.slipway.admin.command.Commands;
import dev.slipway.admin.command.Console;
import dev.slipway.admin.control.ControlClient;
import dev.slipway.app.config.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The admin commands on the gateway's own machine: on the state database, or carried out by the running gateway. */
final class Host implements CommandEnvironment {
    private static final String OPTIONS = "state";

    /** Adds all commands to a command line whose factory was made for a {@code Host}. */
    static void addTo(CommandLine root) {
        Commands.addStored(root);
        Commands.addRunning(root, Caller.local(""));
        for (String name : Commands.NAMES) {
            CommandLine command = root.getSubcommands().get(name);
            if (command != null) {
                Commands.forEachLeaf(
                        command.getCommandSpec(),
                        leaf -> leaf.addMixin(OPTIONS, CommandSpec.forAnnotatedObject(new StateOptions(leaf))));
            }
        }
        root.setExecutionStrategy(Host::execute);
    }

    private static int execute(ParseResult parsed) {
        ParseResult top = parsed.subcommand();
        List<CommandLine> commands = parsed.asCommandLineList();
        CommandSpec leaf = commands.getLast().getCommandSpec();
        if (top == null
                || !Commands.NEED_A_GATEWAY.contains(top.commandSpec().name())
                || !leaf.mixins().containsKey(OPTIONS)
                || commands.stream().anyMatch(CommandLine::isUsageHelpRequested)) {
            return new CommandLine.RunLast().execute(parsed);
        }
        return forward(leaf, parsed.originalArgs());
    }

    private static int forward(CommandSpec leaf, List<String> arguments) {
        CommandLine commandLine = leaf.commandLine();
        try {
            return ControlClient.run(
                    options(leaf).location().controlSocket(),
                    ControlClient.withoutOptions(arguments, List.of("--config", "--data")),
                    Terminal::columns,
                    Terminal.isUnicode(),
                    commandLine.getOut(),
                    commandLine.getErr());
        } catch (ConfigurationException | IOException e) {
            throw new CommandLine.ExecutionException(commandLine, String.valueOf(e.getMessage()), e);
        }
    }

    /** The first word of a command. */
    private static String name(CommandSpec command) {
        CommandSpec top = command;
        for (CommandSpec parent = top.parent(); parent != null && parent.parent() != null; parent = parent.parent()) {
            top = parent;
        }
        return top.name();
    }

    private static StateOptions options(CommandSpec leaf) {
        CommandSpec mixin = leaf.mixins().get(OPTIONS);
        if (mixin == null) {
            throw new IllegalStateException(leaf.qualifiedName() + " was not added to the command line");
        }
        return (StateOptions) mixin.userObject();
    }

    @Override
    public Caller caller() {
        return Caller.local(System.getProperty("user.name", ""));
    }

    @Override
    public Console console(CommandSpec command) {
        return new HostConsole(
                command.commandLine().getOut(), command.commandLine().getErr());
    }

    @Override
    public boolean readsFiles() {
        return true;
    }

    @Override
    public void with(CommandSpec command, Work work) throws IOException {
        try (StateOptions.Opened opened = options(command).open(Commands.NEEDS_REMOTES.contains(name(command)))) {
            work.run(opened.services());
        } catch (ConfigurationException e) {
            throw new WrongConfigurationException(e);
        }
    }

    /** Carries a configuration problem to where it is reported. */
    static final class WrongConfigurationException extends IOException {
        private static final long serialVersionUID = 1L;

        WrongConfigurationException(ConfigurationException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** A separate process, which ends completely when it is cancelled. */
    private record HostConsole(PrintWriter out, PrintWriter err) implements Console {
        @Override
        public InputStream input() {
            return System.in;
        }

        // It is null in a runtime image without the module jdk.internal.le.
        @SuppressWarnings("SystemConsoleNull")
        @Override
        public char @Nullable [] readSecret(String prompt) {
            java.io.Console console = System.console();
            return console == null || !console.isTerminal() ? null : console.readPassword(prompt);
        }

        // It is null in a runtime image without the module jdk.internal.le.
        @SuppressWarnings("SystemConsoleNull")
        @Override
        public @Nullable String readLine(String prompt) {
            java.io.Console console = System.console();
            return console == null || !console.isTerminal() ? null : console.readLine("%s", prompt);
        }

        @Override
        public int columns() {
            return Terminal.columns();
        }

        @Override
        public boolean isUnicode() {
            return Terminal.isUnicode();
        }

        @Override
        public boolean isCancelledWithin(Duration time) {
            try {
                Thread.sleep(time);
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
        }
    }
}

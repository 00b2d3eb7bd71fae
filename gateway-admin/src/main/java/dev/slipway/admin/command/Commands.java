package dev.slipway.admin.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** All admin commands. */
public final class Commands {
    /** The names of all. */
    public static final Set<String> NAMES = Set.of(
            "account",
            "uploads",
            "renames",
            "quota",
            "token",
            "sessions",
            "push",
            "pull",
            "pulls",
            "archive",
            "archives",
            "watches",
            "retention",
            "jobs",
            "rules",
            "space",
            "remote");

    /** The names of those that need a running gateway. */
    public static final Set<String> NEED_A_GATEWAY = Set.of(
            "sessions",
            "push",
            "pull",
            "pulls",
            "archive",
            "archives",
            "watches",
            "retention",
            "jobs",
            "rules",
            "space");

    /** The names of those that need the remotes. */
    public static final Set<String> NEEDS_REMOTES = Set.of("remote");

    private Commands() {}

    /** Creates commands and their mixins for a place. */
    public static IFactory factory(CommandEnvironment place) {
        IFactory others = CommandLine.defaultFactory();
        return new IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                return type == CommandContext.class ? type.cast(new CommandContext(place)) : others.create(type);
            }
        };
    }

    /** Adds the commands that work on the state database, whether or not a gateway runs. */
    public static void addStored(CommandLine root) {
        root.addSubcommand(new AccountCommand())
                .addSubcommand(new UploadsCommand())
                .addSubcommand(new RenamesCommand())
                .addSubcommand(new QuotaCommand())
                .addSubcommand(new TokenCommand())
                .addSubcommand(new RemoteCommand());
    }

    /** Adds the commands that need a running gateway, as far as the caller may run them. */
    public static void addRunning(CommandLine root, Caller caller) {
        root.addSubcommand(PushCommand.class).addSubcommand(new JobsCommand()).addSubcommand(SpaceCommand.class);
        if (caller.administrator()) {
            root.addSubcommand(new SessionsCommand())
                    .addSubcommand(PullCommand.class)
                    .addSubcommand(new PullsCommand())
                    .addSubcommand(new ArchiveCommand())
                    .addSubcommand(new ArchivesCommand())
                    .addSubcommand(new WatchesCommand())
                    .addSubcommand(new RetentionCommand())
                    .addSubcommand(new RulesCommand());
        }
    }

    /** Visits each command without subcommands. */
    public static void forEachLeaf(CommandSpec command, Consumer<CommandSpec> action) {
        if (command.subcommands().isEmpty()) {
            action.accept(command);
        }
        command.subcommands().values().stream()
                .distinct()
                .forEach(child -> forEachLeaf(child.getCommandSpec(), action));
    }

    /** Settings shared by all command lines: parsing and error messages. */
    public static CommandLine configure(CommandLine commandLine) {
        return commandLine
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Commands::explainUsage);
    }

    /**
     * Prints errors that the user can act on.
     *
     * @return the exit status; negative for other errors, of which nothing is printed
     */
    public static int explain(Exception e, PrintWriter err) {
        if (e instanceof CancelledException) {
            return CancelledException.STATUS;
        }
        if (e instanceof IOException) {
            err.println(PlainText.of("slipway: " + e.getMessage()));
            err.flush();
            return CommandLine.ExitCode.SOFTWARE;
        }
        return -CommandLine.ExitCode.SOFTWARE;
    }

    /** The option or command that somebody may have meant: it differs by two letters at most, and by less than a half. */
    private static Optional<String> alike(CommandLine.UnmatchedArgumentException e) {
        if (e.getUnmatched().isEmpty()) {
            return Optional.empty();
        }
        String typed = e.getUnmatched().getFirst();
        CommandSpec command = e.getCommandLine().getCommandSpec();
        Stream<String> words = typed.startsWith("-")
                ? command.optionsMap().keySet().stream()
                : command.subcommands().keySet().stream();
        return words.filter(word -> distance(typed, word) <= Math.min(2, (word.length() - 1) / 2))
                .min(Comparator.<String>comparingInt(word -> distance(typed, word))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** How many letters must be added, removed or replaced (Levenshtein). */
    private static int distance(String one, String other) {
        int[] costs = new int[other.length() + 1];
        for (int j = 0; j < costs.length; j++) {
            costs[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int before = costs[0];
            costs[0] = i;
            for (int j = 1; j < costs.length; j++) {
                int kept = before + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                before = costs[j];
                costs[j] = Math.min(kept, Math.min(costs[j], costs[j - 1]) + 1);
            }
        }
        return costs[other.length()];
    }

    private static int explainUsage(ParameterException e, String[] arguments) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(PlainText.of(String.valueOf(e.getMessage())));
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
            alike(unmatched)
                    .ifPresent(word -> err.println(PlainText.of("Did you mean: "
                            + e.getCommandLine().getCommandSpec().qualifiedName() + " " + word + "?")));
        }
        CommandSpec command = e.getCommandLine().getCommandSpec();
        List<String> names = List.copyOf(e.getCommandLine().getSubcommands().keySet());
        if (!names.isEmpty()) {
            err.println("Commands: " + String.join(", ", names));
        }
        err.println("Try '" + command.qualifiedName() + " --help'.");
        err.flush();
        return command.exitCodeOnInvalidInput();
    }
}

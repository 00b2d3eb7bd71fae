package dev.slipway.admin.command;

import dev.slipway.admin.management.Services;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs commands inside a gateway, and audits each. Safe for use by several threads. */
public final class CommandRunner {
    private static final Logger log = LoggerFactory.getLogger(CommandRunner.class);

    private static final String DEFECT = "slipway: internal error in the gateway; see its log";

    /** Maximum length of a command in the audit log. */
    private static final int LONGEST = 2000;

    private static final Pattern SECRET_OPTION =
            Pattern.compile("(--?[a-z-]*(?:password|passphrase|secret|token)[a-z-]*=).*", Pattern.DOTALL);
    private static final Pattern URL =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*://)(?:[^/@]*@)?([^?#]*).*", Pattern.DOTALL);

    /** How long completion may take. */
    private static final Duration SUGGESTION_PATIENCE = Duration.ofSeconds(3);

    /** Maximum number of concurrent completions, including abandoned ones. */
    private static final int LOOKUPS = 16;

    /** For a command line that is not run. */
    private static final Console NOWHERE = new Nowhere();

    private final Services services;
    private final Events events;
    private final Clock clock;
    private final Semaphore lookups = new Semaphore(LOOKUPS);

    /** @param events receives each command */
    public CommandRunner(Services services, Events events, Clock clock) {
        this.services = services;
        this.events = events;
        this.clock = clock;
    }

    /**
     * Runs a command; blocks until its end.
     *
     * @param words may begin with {@code slipway}, as on the command line
     * @return its exit status: 0 for success, 2 for a wrong command line, 130 if it was cancelled, otherwise 1
     */
    public int run(Caller caller, List<String> words, Console console) {
        Instant start = clock.instant();
        List<String> arguments = withoutName(words);
        int status = 1;
        try {
            if (caller.isAllowed()) {
                status = commandLine(caller, console).execute(arguments.toArray(String[]::new));
            } else {
                console.err().println("slipway: this account no longer has the right to do that");
            }
            console.out().flush();
            console.err().flush();
        } catch (RuntimeException e) {
            log.error("A command failed because of an internal error", e);
            console.err().println(DEFECT);
            console.err().flush();
        } finally {
            events.publish(new GatewayEvent.CommandRun(
                    start,
                    caller.user(),
                    caller.client(),
                    withoutSecrets(arguments),
                    status,
                    Duration.between(start, clock.instant())));
        }
        return status;
    }

    /**
     * A completion.
     *
     * @param label its displayed form
     * @param description what it is; may be empty
     * @param whole whether it is complete
     */
    public record Suggestion(String word, String label, String description, boolean whole) {
        Suggestion(String word, String description, boolean whole) {
            this(word, word, description, whole);
        }
    }

    /**
     * The possible completions. Those that are not paths are returned whatever they begin with. Blocks for the
     * database, the store or a remote, but at most three seconds: slower suggestions are dropped. If the thread is
     * interrupted, it stays interrupted, and the result is empty.
     *
     * @param before the words before it
     * @param word its beginning; may be empty
     */
    public List<Suggestion> suggestions(Caller caller, List<String> before, String word) {
        if (!lookups.tryAcquire()) {
            return List.of();
        }
        FutureTask<List<Suggestion>> task = new FutureTask<>(() -> caller.isAllowed()
                ? new Suggestions(services, caller.principal())
                        .after(commandLine(caller, NOWHERE), withoutName(before), word)
                : List.of());
        // Never interrupted, since that would close a database connection: its requests have limits of their own.
        Thread _ = Thread.ofVirtual().name("suggestions").start(() -> {
            try {
                task.run();
            } finally {
                lookups.release();
            }
        });
        try {
            return task.get(SUGGESTION_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.debug("No suggestions in time");
        } catch (ExecutionException e) {
            // Completion does not report errors.
            log.debug("No suggestions: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return List.of();
    }

    /** The names of the commands that a caller may run. */
    public Set<String> commands(Caller caller) {
        return Set.copyOf(commandLine(caller, NOWHERE).getSubcommands().keySet());
    }

    static List<String> withoutName(List<String> words) {
        return !words.isEmpty() && words.getFirst().equals("slipway") ? words.subList(1, words.size()) : words;
    }

    /** The commands for a caller; to be run once. */
    CommandLine commandLine(Caller caller, Console console) {
        CommandEnvironment place = new Inside(caller, console);
        CommandLine root = new CommandLine(new Root(), Commands.factory(place));
        if (caller.administrator()) {
            Commands.addStored(root);
        }
        Commands.addRunning(root, caller);
        return Commands.configure(root)
                .setExecutionExceptionHandler((e, failed, _) -> {
                    int status = Commands.explain(e, failed.getErr());
                    if (status < 0) {
                        log.error("A command failed because of an internal error", e);
                        failed.getErr().println(DEFECT);
                    }
                    return Math.abs(status);
                })
                .setOut(console.out())
                .setErr(console.err());
    }

    /** A command without its secrets. */
    static String withoutSecrets(List<String> words) {
        String line = words.stream()
                .map(word -> SECRET_OPTION.matcher(word).replaceFirst("$1***"))
                .map(word -> URL.matcher(word).replaceFirst("$1$2"))
                .map(Words::quote)
                .collect(Collectors.joining(" "));
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }

    @Command(name = "slipway", description = "Administers a gateway.", mixinStandardHelpOptions = true)
    private static final class Root implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(spec.commandLine(), "Missing command");
        }
    }

    private static final class Nowhere implements Console {
        private final PrintWriter writer = new PrintWriter(Writer.nullWriter());

        @Override
        public PrintWriter out() {
            return writer;
        }

        @Override
        public PrintWriter err() {
            return writer;
        }

        @Override
        public boolean isCancelledWithin(Duration time) {
            return true;
        }
    }

    /** This gateway. */
    private final class Inside implements CommandEnvironment {
        private final Caller caller;
        private final Console console;

        Inside(Caller caller, Console console) {
            this.caller = caller;
            this.console = console;
        }

        @Override
        public Caller caller() {
            return caller;
        }

        @Override
        public Console console(CommandSpec command) {
            return console;
        }

        /** They would refer to the gateway's machine. */
        @Override
        public boolean readsFiles() {
            return false;
        }

        @Override
        public void with(CommandSpec command, Work work) throws IOException {
            work.run(services);
        }
    }
}

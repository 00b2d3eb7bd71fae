package dev.slipway.admin.shell;

import dev.slipway.admin.command.Caller;
import dev.slipway.admin.command.CommandRunner;
import dev.slipway.admin.command.Words;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.operator.OperatorShell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs admin commands over SSH. */
public final class CommandShell implements OperatorShell {
    private static final Logger log = LoggerFactory.getLogger(CommandShell.class);

    private static final int WRONG_LINE = 2;

    /** Of one account: each has threads, and a terminal some memory. */
    private static final int MOST_AT_ONCE = 16;

    private static final List<String> LEAVING = List.of("exit", "quit", "logout");

    /** How long a cancelled command may take to end. */
    private static final Duration CANCELLED = Duration.ofSeconds(2);

    private final CommandRunner runner;
    private final Path histories;
    private final Map<String, Integer> serving = new ConcurrentHashMap<>();

    /** @param histories the folder for the command history of each account; created on demand */
    public CommandShell(CommandRunner runner, Path histories) {
        this.runner = runner;
        this.histories = histories;
    }

    @Override
    public int serve(Channel channel) {
        String account = channel.login().client().account();
        try {
            if (serving.merge(account, 1, Integer::sum) > MOST_AT_ONCE) {
                return refuse(
                        channel,
                        "This account has %d shells and commands at once; try again when one has ended."
                                .formatted(MOST_AT_ONCE));
            }
            int most = channel.terminal() == null ? ShellInput.PIPED : ShellInput.TYPED;
            return serveInput(channel, new ShellInput(channel.input(), most));
        } catch (IOException | UncheckedIOException e) {
            log.debug("A shell ended early: {}", e.getMessage());
            return 1;
        } finally {
            serving.computeIfPresent(account, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private static int refuse(Channel channel, String reason) throws IOException {
        channel.errors().write(("slipway: " + reason + "\r\n").getBytes(StandardCharsets.UTF_8));
        channel.errors().flush();
        return WRONG_LINE;
    }

    private int serveInput(Channel channel, ShellInput input) throws IOException {
        String type = channel.terminal();
        String command = channel.command();
        int status = type != null
                ? serveTerminal(channel, type, input)
                : command == null ? runLines(channel, input) : runAlone(channel, command, input);
        return input.isExceeded() ? refuse(channel, "The input was too long.") : status;
    }

    private int serveTerminal(Channel channel, String type, ShellInput input) throws IOException {
        try (ShellTerminal terminal = ShellTerminal.open(channel, type, input)) {
            String command = channel.command();
            if (command != null) {
                ShellConsole console = ShellConsole.on(terminal.jline(), terminal.colours());
                channel.onGone(console::cancel);
                channel.onInterrupt(console::cancel);
                var _ = terminal.jline().handle(Terminal.Signal.INT, _ -> console.cancel());
                return run(channel.login(), command, console);
            }
            return talk(channel, terminal, input);
        }
    }

    private int runAlone(Channel channel, String command, InputStream input) {
        ShellConsole console = new ShellConsole(
                new PrintWriter(new OutputStreamWriter(channel.output(), StandardCharsets.UTF_8)),
                new PrintWriter(new OutputStreamWriter(channel.errors(), StandardCharsets.UTF_8)),
                input);
        channel.onGone(console::cancel);
        channel.onInterrupt(console::cancel);
        return run(channel.login(), command, console);
    }

    /** Input piped into a shell without a terminal: one command per line. */
    private int runLines(Channel channel, ShellInput input) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
        int status = 0;
        for (String line = lines.readLine(); line != null && !input.isExceeded(); line = lines.readLine()) {
            input.next();
            if (LEAVING.contains(line.strip())) {
                break;
            }
            if (!line.isBlank()) {
                channel.setBusy(true);
                status = runAlone(channel, line, InputStream.nullInputStream());
                channel.setBusy(false);
            }
        }
        return status;
    }

    private int run(AccountSession login, String line, ShellConsole console) {
        try {
            List<String> words = Words.split(line);
            boolean help = words.size() == 1 && words.getFirst().equals("help");
            return runner.run(Caller.administrator(login), help ? List.of("--help") : words, console);
        } catch (IllegalArgumentException e) {
            console.err().println("slipway: " + e.getMessage());
            return WRONG_LINE;
        } finally {
            console.out().flush();
            console.err().flush();
        }
    }

    private int talk(Channel channel, ShellTerminal terminal, ShellInput input) throws IOException {
        LineReader reader = reader(channel.login(), terminal.jline());
        PrintWriter out = terminal.jline().writer();
        out.println("Slipway. 'help' lists the commands, Tab completes them, Ctrl-D leaves.");
        String prompt = new AttributedStringBuilder()
                .style(AttributedStyle.BOLD.foreground(AttributedStyle.CYAN))
                .append("slipway> ")
                .toAnsi(terminal.jline());
        int status = 0;
        while (true) {
            String line;
            try {
                channel.setBusy(false);
                input.next();
                line = reader.readLine(prompt);
            } catch (UserInterruptException e) {
                continue;
            } catch (EndOfFileException e) {
                return status;
            }
            if (LEAVING.contains(line.strip())) {
                return status;
            }
            if (!line.isBlank()) {
                channel.setBusy(true);
                status = runCancellable(channel, terminal, line);
            }
        }
    }

    /** Runs a command on another thread, so that the session can continue if a cancelled command does not end. */
    private int runCancellable(Channel channel, ShellTerminal terminal, String line) {
        ShellConsole console = ShellConsole.on(terminal.jline(), terminal.colours());
        channel.onGone(console::cancel);
        channel.onInterrupt(console::cancel);
        var before = terminal.jline().handle(Terminal.Signal.INT, _ -> console.cancel());
        try {
            int[] status = {1};
            Thread worker = Thread.ofVirtual().name("shell-command").start(() -> {
                channel.login().client().markThread();
                status[0] = run(channel.login(), line, console);
                console.end();
            });
            if (!console.awaitEnd(CANCELLED)) {
                console.detach();
                terminal.jline().writer().println("The command continues in the background; its output is not shown.");
                log.info(
                        "{} did not wait for a command to end: {}",
                        channel.login().client().account(),
                        worker.getName());
                return ShellConsole.CANCELLED_STATUS;
            }
            return status[0];
        } finally {
            var _ = terminal.jline().handle(Terminal.Signal.INT, before);
        }
    }

    private LineReader reader(AccountSession login, Terminal terminal) throws IOException {
        Caller caller = Caller.administrator(login);
        CommandCompletion completion = new CommandCompletion(runner, caller);
        ShellReader reader = new ShellReader(terminal, history(login.client().account()));
        reader.setParser(new CommandParser());
        reader.setCompleter(completion);
        reader.setHighlighter(completion.highlighter());
        reader.setOpt(LineReader.Option.DISABLE_EVENT_EXPANSION);
        reader.setVariable(LineReader.HISTORY_IGNORE, "*password=*:*secret=*:*token=*");
        return reader;
    }

    private @Nullable Path history(String account) {
        try {
            if (!Files.isDirectory(histories)) {
                boolean posix =
                        histories.getFileSystem().supportedFileAttributeViews().contains("posix");
                Path _ = posix
                        ? Files.createDirectory(
                                histories,
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
                        : Files.createDirectory(histories);
            }
            return histories.resolve(URLEncoder.encode(account, StandardCharsets.UTF_8));
        } catch (IOException e) {
            log.warn("The shell history cannot be saved: {}", e.getMessage());
            return null;
        }
    }
}

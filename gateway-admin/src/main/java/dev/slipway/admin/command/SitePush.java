package dev.slipway.admin.command;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.operator.SiteCommands;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code SITE PUSH}, {@code SITE JOBS} and {@code SITE SPACE}: an account's own files and jobs. */
public final class SitePush implements SiteCommands {
    private static final List<String> NAMES = List.of("JOBS", "PUSH", "SPACE");

    /** More lines would be too much for clients that show replies to people. */
    private static final int MOST_LINES = 200;

    private final CommandRunner runner;

    public SitePush(CommandRunner runner) {
        this.runner = runner;
    }

    @Override
    public List<String> names() {
        return NAMES;
    }

    @Override
    public Answer run(AccountSession login, VirtualPath directory, String name, String arguments) {
        List<String> words = new ArrayList<>();
        words.add(name.toLowerCase(Locale.ROOT));
        try {
            words.addAll(Words.split(arguments));
        } catch (IllegalArgumentException e) {
            return new Answer(2, List.of(String.valueOf(e.getMessage())));
        }
        if (name.equals("JOBS") && (words.size() == 1 || words.get(1).startsWith("-"))) {
            words.add(1, "list");
        }
        Collected collected = new Collected();
        int status = runner.run(Caller.account(login, directory), words, collected);
        return new Answer(status, collected.lines());
    }

    /** Collects a command's output for one reply. */
    private static final class Collected implements Console {
        private final StringWriter text = new StringWriter();
        private final PrintWriter writer = new PrintWriter(text);

        List<String> lines() {
            writer.flush();
            List<String> lines =
                    text.toString().lines().filter(line -> !line.isBlank()).toList();
            if (lines.isEmpty()) {
                return List.of("Done.");
            }
            return lines.size() <= MOST_LINES ? lines : lines.subList(0, MOST_LINES);
        }

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
}

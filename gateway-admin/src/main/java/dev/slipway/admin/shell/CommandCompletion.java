package dev.slipway.admin.shell;

import dev.slipway.admin.command.Caller;
import dev.slipway.admin.command.CommandRunner;
import dev.slipway.admin.command.CommandRunner.Suggestion;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.Highlighter;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Completes commands, options and names. */
final class CommandCompletion implements Completer {
    private static final Pattern FIRST_WORD = Pattern.compile("\\s*(\\S+).*", Pattern.DOTALL);

    private final CommandRunner runner;
    private final Caller caller;

    CommandCompletion(CommandRunner runner, Caller caller) {
        this.runner = runner;
        this.caller = caller;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        List<String> before = line.words().subList(0, line.wordIndex());
        for (Suggestion suggestion : runner.suggestions(caller, before, line.word())) {
            candidates.add(new Candidate(
                    suggestion.word(),
                    suggestion.label(),
                    null,
                    suggestion.description().isEmpty() ? null : suggestion.description(),
                    null,
                    null,
                    suggestion.whole()));
        }
    }

    /** Highlights unknown commands while they are typed. */
    Highlighter highlighter() {
        Set<String> commands = runner.commands(caller);
        return (reader, line) -> {
            var matcher = FIRST_WORD.matcher(line);
            if (!matcher.matches()) {
                return new AttributedString(line);
            }
            boolean known = commands.contains(matcher.group(1));
            return new AttributedStringBuilder()
                    .append(line.substring(0, matcher.start(1)))
                    .styled(
                            known ? AttributedStyle.BOLD : AttributedStyle.DEFAULT.foreground(AttributedStyle.RED),
                            matcher.group(1))
                    .append(line.substring(matcher.end(1)))
                    .toAttributedString();
        };
    }
}

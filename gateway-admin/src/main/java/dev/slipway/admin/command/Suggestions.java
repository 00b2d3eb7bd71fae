package dev.slipway.admin.command;

import dev.slipway.admin.command.CommandRunner.Suggestion;
import dev.slipway.admin.management.ManagedAccount;
import dev.slipway.admin.management.ManagedJobs;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Principal;
import dev.slipway.admin.management.Services;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.remote.RemoteException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completions at a position of a command line. */
final class Suggestions {
    private static final Logger log = LoggerFactory.getLogger(Suggestions.class);
    private static final int MOST = 100;

    private final Services services;
    private final Principal principal;

    Suggestions(Services services, Principal principal) {
        this.services = services;
        this.principal = principal;
    }

    /**
     * @param before the words before that position
     * @param word the beginning of the word there
     */
    List<Suggestion> after(CommandLine root, List<String> before, String word) {
        CommandSpec command = root.getCommandSpec();
        String top = "";
        List<String> positionals = new ArrayList<>();
        ArgSpec wanted = null;
        for (String previous : before) {
            CommandLine child = command.subcommands().get(previous);
            if (wanted != null) {
                wanted = null;
            } else if (child != null && positionals.isEmpty()) {
                command = child.getCommandSpec();
                top = top.isEmpty() ? previous : top;
            } else if (previous.startsWith("-")) {
                OptionSpec option = command.findOption(previous);
                wanted = option != null && option.arity().max() > 0 ? option : null;
            } else {
                positionals.add(previous);
            }
        }
        if (wanted != null) {
            return values(top, wanted);
        }
        List<Suggestion> suggestions = new ArrayList<>();
        command.subcommands().forEach((name, child) -> suggestions.add(new Suggestion(name, description(child), true)));
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            if (parameter.index().contains(positionals.size())) {
                suggestions.addAll(values(top, parameter));
                suggestions.addAll(paths(top + " " + parameter.paramLabel(), positionals, word));
            }
        }
        for (OptionSpec option : command.options()) {
            suggestions.add(new Suggestion(option.longestName(), first(option.description()), true));
        }
        return suggestions;
    }

    private static String description(CommandLine command) {
        return first(command.getCommandSpec().usageMessage().description());
    }

    private static String first(String[] lines) {
        return lines.length == 0 ? "" : lines[0];
    }

    private List<Suggestion> values(String top, ArgSpec argument) {
        if (argument.completionCandidates() != null) {
            List<Suggestion> words = new ArrayList<>();
            argument.completionCandidates()
                    .forEach(word -> words.add(new Suggestion(word.toLowerCase(Locale.ROOT), "", true)));
            return words;
        }
        try {
            if ((top + " " + argument.paramLabel()).equals("jobs ID")) {
                return jobs();
            }
            Names names = names(top, argument.paramLabel());
            return names == null
                    ? List.of()
                    : names.words()
                            .limit(MOST)
                            .map(word -> new Suggestion(word, "", names.whole()))
                            .toList();
        } catch (ManagementException | RuntimeException e) {
            // Completion does not report errors.
            log.debug("No suggestions: {}", e.getMessage());
            return List.of();
        }
    }

    private List<Suggestion> paths(String place, List<String> positionals, String word) {
        PathSuggestions paths = new PathSuggestions(services, principal, MOST);
        try {
            return switch (place) {
                case "push SOURCE" -> paths.sources(word);
                case "push DESTINATION" -> paths.destinations(word);
                case "space PATH" -> paths.folders(positionals.getFirst(), word);
                default -> List.of();
            };
        } catch (IOException | RemoteException | ManagementException | RuntimeException e) {
            log.debug("No paths to suggest: {}", e.getMessage());
            return List.of();
        }
    }

    private List<Suggestion> jobs() throws ManagementException {
        return services.jobs(principal).list(ManagedJobs.Query.newest(MOST)).stream()
                .map(job -> new Suggestion(
                        job.id(),
                        PlainText.line(JsonWords.of(job.state()) + ": "
                                + job.wanted().source() + " to "
                                + job.wanted().destination()),
                        true))
                .toList();
    }

    private record Names(Stream<String> words, boolean whole) {}

    private @Nullable Names names(String top, String label) throws ManagementException {
        return switch (top + " " + label) {
            case "account NAME", "quota NAME", "uploads NAME", "sessions NAME" ->
                new Names(services.accounts(principal).all().stream().map(ManagedAccount::name), true);
            case "uploads ID" ->
                new Names(services.uploads(principal).list(null).stream().map(InterruptedUpload::id), true);
            case "sessions SESSION" ->
                new Names(
                        services.sessions(principal).list(null).stream()
                                .map(session -> session.client().session()),
                        true);
            case "jobs REMOTE", "remote REMOTE", "space REMOTE" ->
                new Names(services.remotes(principal).all().stream().map(remote -> remote.name()), true);
            default -> null;
        };
    }
}

package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedRules;
import dev.slipway.core.event.Origin;
import dev.slipway.ingest.rule.RuleSettings;
import dev.slipway.ingest.rule.Rules;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The rules for files that came in. */
@Command(name = "rules", description = "Shows what happens to files once they are in.", mixinStandardHelpOptions = true)
final class RulesCommand extends CommandGroup {
    RulesCommand() {
        super("list or test");
    }

    @Command(
            name = "list",
            description = "Lists the rules of the configuration. The first one that matches a file takes it.",
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(services -> {
            List<RuleSettings> rules = services.rules(context.principal()).list();
            Table table = new Table("NAME", "ACCOUNTS", "PATHS", "ORIGINS", "TYPES", "TAGS", "STEPS");
            rules.forEach(rule -> table.add(
                    rule.name(),
                    anyOr(String.join(", ", new TreeSet<>(rule.accounts()))),
                    anyOr(String.join(", ", rule.paths())),
                    anyOr(String.join(", ", RuleView.origins(rule))),
                    anyOr(String.join(", ", rule.contentTypes())),
                    anyOr(String.join(", ", rule.tags())),
                    String.join(", ", RuleView.steps(rule))));
            context.print(table.toString(), rules.stream().map(RuleView::json).toList());
        });
    }

    private static String anyOr(String names) {
        return names.isEmpty() ? "any" : names;
    }

    @Command(
            name = "test",
            description = "Says which rule would take a file, and what it would do. Does nothing.",
            mixinStandardHelpOptions = true)
    int test(
            @Mixin CommandContext context,
            @Parameters(paramLabel = "PATH", description = "Path of the file, as the account sees it.") String path,
            @Option(
                            names = "--account",
                            paramLabel = "ACCOUNT",
                            description = "The account that uploads it. Without it, PATH is the key.")
                    @Nullable
                    String account,
            @Option(
                            names = "--origin",
                            paramLabel = "ORIGIN",
                            defaultValue = "sftp",
                            description = "How it comes in: ftps, sftp, http, pull or watch. Default: ${DEFAULT-VALUE}")
                    Origin origin,
            @Option(
                            names = "--size",
                            paramLabel = "BYTES",
                            defaultValue = "0",
                            description = "Its size. Default: ${DEFAULT-VALUE}")
                    long size,
            @Option(
                            names = "--content-type",
                            paramLabel = "TYPE",
                            description = "Content type of its object. Without it, that of the file's name.")
                    @Nullable
                    String contentType,
            @Option(
                            names = "--tag",
                            paramLabel = "KEY=VALUE",
                            description = "Tag of its object, such as type=invoice. May be given several times.")
                    @Nullable
                    List<String> tags)
            throws IOException {
        return context.with(services -> {
            Optional<Rules.Outcome> outcome;
            try {
                outcome = services.rules(context.principal())
                        .test(new ManagedRules.TestedFile(
                                path, account, origin, size, contentType, tags == null ? List.of() : tags));
            } catch (IllegalArgumentException e) {
                throw context.wrong(String.valueOf(e.getMessage()));
            }
            context.print(outcome.map(RulesCommand::text).orElse("no rule takes this file"), RuleView.json(outcome));
        });
    }

    private static String text(Rules.Outcome outcome) {
        StringBuilder text = new StringBuilder("rule " + outcome.rule() + " takes this file:");
        for (int i = 0; i < outcome.steps().size(); i++) {
            text.append("\n  ")
                    .append(i + 1)
                    .append(". ")
                    .append(outcome.steps().get(i));
        }
        return text.toString();
    }
}

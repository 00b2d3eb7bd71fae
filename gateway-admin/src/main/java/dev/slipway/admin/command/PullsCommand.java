package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedPulls;
import dev.slipway.ingest.pull.PullHistoryEntry;
import dev.slipway.ingest.pull.PullState;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pulls of the configuration, and their runs. */
@Command(
        name = "pulls",
        description = "Shows pulls with their runs, and pauses them. slipway pull runs one.",
        mixinStandardHelpOptions = true)
final class PullsCommand extends CommandGroup {
    PullsCommand() {
        super("list, show, pause or resume");
    }

    @Command(name = "list", description = "Lists pulls and their next runs.", mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(services -> {
            List<PullState> pulls = services.pulls(context.principal()).list();
            context.print(
                    PullView.table(pulls), pulls.stream().map(PullView::json).toList());
        });
    }

    @Command(
            name = "show",
            description = "Shows a pull with its last runs: what was stored, and what has failed.",
            mixinStandardHelpOptions = true)
    int show(
            @Parameters(paramLabel = "NAME", description = "The pull.") String name,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "" + ManagedPulls.USUAL_LIMIT,
                            description = "Maximum number of runs to show, 1 to " + ManagedPulls.HIGHEST_LIMIT
                                    + ". Default: ${DEFAULT-VALUE}")
                    int limit,
            @Mixin CommandContext context)
            throws IOException {
        if (limit < 1 || limit > ManagedPulls.HIGHEST_LIMIT) {
            throw context.wrong("--limit " + limit + ": expected a number from 1 to " + ManagedPulls.HIGHEST_LIMIT);
        }
        return context.with(services -> {
            ManagedPulls pulls = services.pulls(context.principal());
            PullState pull = pulls.find(name);
            List<PullHistoryEntry> history = pulls.history(name, limit);
            Map<String, @Nullable Object> json = PullView.json(pull);
            json.put("runs", history.stream().map(PullView::json).toList());
            context.print(PullView.text(pull, history), json);
        });
    }

    @Command(
            name = "pause",
            description = "Pauses the schedules of a pull. A run under way continues.",
            mixinStandardHelpOptions = true)
    int pause(@Parameters(paramLabel = "NAME", description = "The pull.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> context.print(
                "paused " + name,
                PullView.json(services.pulls(context.principal()).pause(name))));
    }

    @Command(
            name = "resume",
            description = "Resumes the schedules of a pull. What was due meanwhile is not made up for.",
            mixinStandardHelpOptions = true)
    int resume(@Parameters(paramLabel = "NAME", description = "The pull.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> context.print(
                "resumed " + name,
                PullView.json(services.pulls(context.principal()).resume(name))));
    }
}

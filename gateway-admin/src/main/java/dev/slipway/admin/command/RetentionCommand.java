package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedRetention;
import dev.slipway.ingest.retention.RetentionHistoryEntry;
import dev.slipway.ingest.retention.RetentionState;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Retention tasks of the configuration, and their runs. */
@Command(
        name = "retention",
        description = "Shows, runs and pauses the tasks that delete or move old files.",
        mixinStandardHelpOptions = true)
final class RetentionCommand extends CommandGroup {
    RetentionCommand() {
        super("list, show, run, pause or resume");
    }

    @Command(name = "list", description = "Lists retention tasks and their next runs.", mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(services -> {
            List<RetentionState> tasks = services.retention(context.principal()).list();
            context.print(
                    RetentionView.table(tasks),
                    tasks.stream().map(RetentionView::json).toList());
        });
    }

    @Command(
            name = "show",
            description = "Shows a retention task with its last runs: what was deleted or moved, and what has failed.",
            mixinStandardHelpOptions = true)
    int show(
            @Parameters(paramLabel = "NAME", description = "The task.") String name,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "" + ManagedRetention.USUAL_LIMIT,
                            description = "Maximum number of runs to show, 1 to " + ManagedRetention.HIGHEST_LIMIT
                                    + ". Default: ${DEFAULT-VALUE}")
                    int limit,
            @Mixin CommandContext context)
            throws IOException {
        if (limit < 1 || limit > ManagedRetention.HIGHEST_LIMIT) {
            throw context.wrong("--limit " + limit + ": expected a number from 1 to " + ManagedRetention.HIGHEST_LIMIT);
        }
        return context.with(services -> {
            ManagedRetention tasks = services.retention(context.principal());
            RetentionState task = tasks.find(name);
            List<RetentionHistoryEntry> history = tasks.history(name, limit);
            Map<String, @Nullable Object> json = RetentionView.json(task);
            json.put("runs", history.stream().map(RetentionView::json).toList());
            context.print(RetentionView.text(task, history), json);
        });
    }

    @Command(
            name = "run",
            description = "Runs a retention task now. The run is a job in the background.",
            mixinStandardHelpOptions = true)
    int run(
            @Parameters(paramLabel = "NAME", description = "The task.") String name,
            @Option(names = "--dry-run", description = "Only say what would be done.") boolean dryRun,
            @Option(
                            names = "--wait",
                            description = "Wait for the end and show the progress. The exit status is 0 on success.")
                    boolean wait,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            String job = services.retention(context.principal()).run(name, dryRun);
            if (wait) {
                context.note("job " + job);
                new JobWatch(context, services.jobs(context.principal())).untilSuccess(job);
            } else {
                context.print(
                        "job " + job + " was accepted; slipway retention show " + name + " shows it",
                        Map.of("job", job));
            }
        });
    }

    @Command(
            name = "pause",
            description = "Pauses the schedule of a retention task. A run under way continues.",
            mixinStandardHelpOptions = true)
    int pause(@Parameters(paramLabel = "NAME", description = "The task.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> context.print(
                "paused " + name,
                RetentionView.json(services.retention(context.principal()).pause(name))));
    }

    @Command(
            name = "resume",
            description = "Resumes the schedule of a retention task. What was due meanwhile is not made up for.",
            mixinStandardHelpOptions = true)
    int resume(@Parameters(paramLabel = "NAME", description = "The task.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> context.print(
                "resumed " + name,
                RetentionView.json(services.retention(context.principal()).resume(name))));
    }
}

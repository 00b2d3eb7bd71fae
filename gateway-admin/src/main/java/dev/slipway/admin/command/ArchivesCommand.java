package dev.slipway.admin.command;

import dev.slipway.ingest.archive.ArchiveTask;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The tasks that put files into archives. */
@Command(
        name = "archives",
        description = "Shows and runs the tasks that put files into archives. slipway archive shows the archives.",
        mixinStandardHelpOptions = true)
final class ArchivesCommand extends CommandGroup {
    ArchivesCommand() {
        super("list or run");
    }

    @Command(name = "list", description = "Lists the tasks and their next runs.", mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(services -> {
            List<ArchiveTask> tasks = services.archives(context.principal()).tasks();
            context.print(
                    ArchiveView.tasks(tasks),
                    tasks.stream().map(ArchiveView::json).toList());
        });
    }

    @Command(
            name = "run",
            description = "Runs a task now, as a job in the background; slipway jobs show shows it.",
            mixinStandardHelpOptions = true)
    int run(
            @Parameters(paramLabel = "NAME", description = "The task.") String name,
            @Option(names = "--all", description = "Also put files into archives that would wait for others.")
                    boolean all,
            @Option(
                            names = "--wait",
                            description = "Wait for the end and show the progress. The exit status is 0 on success.")
                    boolean wait,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            String job = services.archives(context.principal()).run(name, all);
            if (wait) {
                context.note("job " + job);
                new JobWatch(context, services.jobs(context.principal())).untilSuccess(job);
            } else {
                context.print("job " + job + " was accepted", Map.of("job", job));
            }
        });
    }
}

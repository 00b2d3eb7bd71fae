package dev.slipway.admin.command;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a pull now. */
@Command(
        name = "pull",
        description = {
            "Fetches the files of a remote's folder now, as a pull of the configuration specifies.",
            "The run is a job in the background; slipway pulls show and slipway jobs show show it."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class PullCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandContext context;

    @Parameters(paramLabel = "NAME", description = "The pull.")
    private String name = "";

    @Option(
            names = "--full",
            description = "Compare the source with the bucket itself, instead of with what was delivered.")
    private boolean full;

    @Option(names = "--dry-run", description = "Only say what would be done.")
    private boolean dryRun;

    @Option(names = "--wait", description = "Wait for the end and show the progress. The exit status is 0 on success.")
    private boolean wait;

    @Override
    public Integer call() throws IOException {
        return context.with(services -> {
            String job = services.pulls(context.principal()).run(name, full, dryRun);
            if (wait) {
                context.note("job " + job);
                new JobWatch(context, services.jobs(context.principal())).untilSuccess(job);
            } else {
                context.print(
                        "job " + job + " was accepted; slipway pulls show " + name + " shows it", Map.of("job", job));
            }
        });
    }
}

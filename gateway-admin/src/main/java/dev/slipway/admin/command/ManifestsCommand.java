package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedArchives;
import dev.slipway.ingest.archive.WaitingManifest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The manifests of archives that the server for them has not stored yet. */
@Command(
        name = "manifests",
        description = "Shows and sends the manifests of archives that the search server has not stored yet.",
        mixinStandardHelpOptions = true)
final class ManifestsCommand extends CommandGroup {
    ManifestsCommand() {
        super("list or send");
    }

    @Command(
            name = "list",
            description = "Lists the manifests that wait, in the order of the archives' ids.",
            mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--after", paramLabel = "ID", description = "Begin after the manifest of this archive.")
                    @Nullable
                    String after,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "" + ManagedArchives.USUAL_LIMIT,
                            description = "Maximum number of manifests, 1 to " + ManagedArchives.HIGHEST_LIMIT
                                    + ". Default: ${DEFAULT-VALUE}")
                    int limit,
            @Mixin CommandContext context)
            throws IOException {
        int most = ArchiveCommand.checked(limit, context);
        return context.with(services -> {
            List<WaitingManifest> waiting =
                    services.archives(context.principal()).waitingManifests(after, most);
            context.print(
                    ArchiveView.manifests(waiting),
                    waiting.stream().map(ArchiveView::json).toList());
        });
    }

    @Command(
            name = "send",
            description = {
                "Sends the manifests that wait now, as a job in the background.",
                "The gateway does this itself within a minute once the server answers."
            },
            mixinStandardHelpOptions = true)
    int send(
            @Option(
                            names = "--wait",
                            description = "Wait for the end and show the progress. The exit status is 0 on success.")
                    boolean wait,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            String job = services.archives(context.principal()).sendManifests();
            if (wait) {
                context.note("job " + job);
                new JobWatch(context, services.jobs(context.principal())).untilSuccess(job);
            } else {
                context.print("job " + job + " was accepted", Map.of("job", job));
            }
        });
    }
}

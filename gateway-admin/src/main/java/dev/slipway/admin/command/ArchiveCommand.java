package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedArchives;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchivedObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Archives, and what is in them. */
@Command(
        name = "archive",
        description = "Shows archives and what is in them. slipway archives runs the tasks that make them.",
        subcommands = ManifestsCommand.class,
        mixinStandardHelpOptions = true)
final class ArchiveCommand extends CommandGroup {
    ArchiveCommand() {
        super("list, show, find, verify, extract or manifests");
    }

    static int checked(int limit, CommandContext context) {
        if (limit < 1 || limit > ManagedArchives.HIGHEST_LIMIT) {
            throw context.wrong("--limit " + limit + ": expected a number from 1 to " + ManagedArchives.HIGHEST_LIMIT);
        }
        return limit;
    }

    @Command(name = "list", description = "Lists archives, the oldest first.", mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--after", paramLabel = "ID", description = "Begin after this archive.") @Nullable
                    String after,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "" + ManagedArchives.USUAL_LIMIT,
                            description = "Maximum number of archives, 1 to " + ManagedArchives.HIGHEST_LIMIT
                                    + ". Default: ${DEFAULT-VALUE}")
                    int limit,
            @Mixin CommandContext context)
            throws IOException {
        int most = checked(limit, context);
        return context.with(services -> {
            List<Archive> archives = services.archives(context.principal()).list(after, most);
            context.print(
                    ArchiveView.archives(archives),
                    archives.stream().map(ArchiveView::json).toList());
        });
    }

    @Command(name = "show", description = "Shows the members of an archive.", mixinStandardHelpOptions = true)
    int show(
            @Parameters(paramLabel = "ID", description = "The archive.") String id,
            @Option(
                            names = "--after",
                            paramLabel = "N",
                            defaultValue = "-1",
                            description = "Begin after the member at this position; the first one is at 0.")
                    int after,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "" + ManagedArchives.USUAL_LIMIT,
                            description = "Maximum number of members, 1 to " + ManagedArchives.HIGHEST_LIMIT
                                    + ". Default: ${DEFAULT-VALUE}")
                    int limit,
            @Mixin CommandContext context)
            throws IOException {
        int most = checked(limit, context);
        return context.with(services -> {
            ManagedArchives archives = services.archives(context.principal());
            Archive archive = archives.find(id);
            List<ArchivedObject> members = archives.members(id, after, most);
            Map<String, @Nullable Object> json = ArchiveView.json(archive);
            json.put("listed", members.stream().map(ArchiveView::json).toList());
            context.print(
                    ArchiveView.archives(List.of(archive)) + System.lineSeparator() + ArchiveView.members(members),
                    json);
        });
    }

    @Command(
            name = "find",
            description = {
                "Finds files that were put into archives.",
                "Those whose paths show other files by now are found too."
            },
            mixinStandardHelpOptions = true)
    int find(
            @Parameters(
                            paramLabel = "PATTERN",
                            description = "Their keys: * and ? stand for any characters, slashes too.")
                    String pattern,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "" + ManagedArchives.USUAL_LIMIT,
                            description = "Maximum number of files, 1 to " + ManagedArchives.HIGHEST_LIMIT
                                    + ". Default: ${DEFAULT-VALUE}")
                    int limit,
            @Mixin CommandContext context)
            throws IOException {
        int most = checked(limit, context);
        return context.with(services -> {
            List<ArchivedObject> found = services.archives(context.principal()).search(pattern, most);
            context.print(
                    ArchiveView.members(found),
                    found.stream().map(ArchiveView::json).toList());
        });
    }

    @Command(
            name = "verify",
            description = "Reads an archive and compares each member with its recorded SHA-256.",
            mixinStandardHelpOptions = true)
    int verify(@Parameters(paramLabel = "ID", description = "The archive.") String id, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            long members = services.archives(context.principal()).verify(id);
            context.print(
                    "all " + members + (members == 1 ? " member is" : " members are") + " as recorded",
                    Map.of("members", members));
        });
    }

    @Command(
            name = "extract",
            description = {
                "Makes archived files objects again, at their own keys, as a job in the background.",
                "Objects that are there stay, and so do the archives."
            },
            mixinStandardHelpOptions = true)
    int extract(
            @Parameters(paramLabel = "SOURCE", description = "BUCKET:KEY of a file, or BUCKET:PREFIX/ of all below.")
                    String source,
            @Option(
                            names = "--wait",
                            description = "Wait for the end and show the progress. The exit status is 0 on success.")
                    boolean wait,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            String job = services.archives(context.principal()).extract(source);
            if (wait) {
                context.note("job " + job);
                new JobWatch(context, services.jobs(context.principal())).untilSuccess(job);
            } else {
                context.print("job " + job + " was accepted", Map.of("job", job));
            }
        });
    }
}

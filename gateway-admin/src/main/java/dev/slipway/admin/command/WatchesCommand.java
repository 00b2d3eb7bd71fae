package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedWatches;
import dev.slipway.ingest.watch.FailingFile;
import dev.slipway.ingest.watch.WatchStatus;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The watched folders of the configuration. */
@Command(name = "watches", description = "Shows, pauses and rescans watched folders.", mixinStandardHelpOptions = true)
final class WatchesCommand extends CommandGroup {
    WatchesCommand() {
        super("list, show, pause, resume or rescan");
    }

    @Command(
            name = "list",
            description = "Lists them, in the order of the configuration.",
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(services -> {
            List<WatchStatus> watches = services.watches(context.principal()).list();
            context.print(table(watches), watches.stream().map(ResourceJson::of).toList());
        });
    }

    @Command(
            name = "show",
            description = "Shows a watched folder, and its files that could not be stored yet.",
            mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "NAME", description = "The watch.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            ManagedWatches watches = services.watches(context.principal());
            WatchStatus watch = watches.find(name);
            List<FailingFile> failing = watches.failing(name);
            context.print(text(watch, failing), ResourceJson.of(watch, failing));
        });
    }

    @Command(
            name = "pause",
            description = {
                "Pauses a watch, also beyond a restart. Uploads that have begun are finished.",
                "Files that come meanwhile are stored when it is resumed."
            },
            mixinStandardHelpOptions = true)
    int pause(@Parameters(paramLabel = "NAME", description = "The watch.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            WatchStatus watch = services.watches(context.principal()).pause(name, true);
            context.print("paused " + name, ResourceJson.of(watch));
        });
    }

    @Command(name = "resume", description = "Resumes a paused watch.", mixinStandardHelpOptions = true)
    int resume(@Parameters(paramLabel = "NAME", description = "The watch.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            WatchStatus watch = services.watches(context.principal()).pause(name, false);
            context.print("resumed " + name, ResourceJson.of(watch));
        });
    }

    @Command(
            name = "rescan",
            description = "Lists a folder again now, and tries again at once what has failed.",
            mixinStandardHelpOptions = true)
    int rescan(@Parameters(paramLabel = "NAME", description = "The watch.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            WatchStatus watch = services.watches(context.principal()).rescan(name);
            context.print("scanning the folder of " + name, ResourceJson.of(watch));
        });
    }

    private static String table(List<WatchStatus> watches) {
        Table table = new Table("NAME", "STATE", "WAITING", "STORED", "FAILING", "FOLDER", "TARGET", "PROBLEM");
        watches.forEach(watch -> table.add(
                watch.name(),
                JsonWords.of(watch.state()),
                String.valueOf(watch.waiting()),
                String.valueOf(watch.stored()),
                String.valueOf(watch.failing()),
                watch.folder().toString(),
                watch.target(),
                watch.problem() == null ? "-" : watch.problem()));
        return table.toString();
    }

    private static String text(WatchStatus watch, List<FailingFile> failing) {
        Table table = new Table("WATCH", watch.name());
        table.add("folder", watch.folder().toString());
        table.add("target", watch.target());
        table.add("state", JsonWords.of(watch.state()));
        table.add("mode", JsonWords.of(watch.mode()));
        table.add("waiting", String.valueOf(watch.waiting()));
        table.add("stored", watch.stored() + " files, " + watch.storedBytes() + " bytes");
        table.add("failing", String.valueOf(watch.failing()));
        table.add("last scan", Table.time(watch.scanned()) + ", " + watch.files() + " files");
        table.add("problem", watch.problem() == null ? "-" : watch.problem());
        if (failing.isEmpty()) {
            return table.toString();
        }
        Table files = new Table("LAST ATTEMPT", "ATTEMPTS", "FILE", "PROBLEM");
        failing.forEach(file ->
                files.add(Table.time(file.last()), String.valueOf(file.attempts()), file.path(), file.problem()));
        return table + System.lineSeparator() + files;
    }
}

package dev.slipway.admin.command;

import dev.slipway.core.state.RenameTable;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Renames of directories that are under way, or were when the gateway ended. */
@Command(
        name = "renames",
        description = "Lists directory renames that are in progress, or were when the gateway stopped.",
        mixinStandardHelpOptions = true)
final class RenamesCommand extends CommandGroup {
    RenamesCommand() {
        super("list");
    }

    @Command(
            name = "list",
            description = {
                "Lists them, oldest first.",
                "If the gateway stops in the phase COPYING or UNDOING, the next start restores the old directory; in"
                        + " the phase DELETING, it completes the new one."
            },
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(opened -> {
            List<RenameTable.Entry> renames =
                    opened.renames(context.principal()).list();
            context.print(table(renames), renames.stream().map(ResourceJson::of).toList());
        });
    }

    private static String table(List<RenameTable.Entry> renames) {
        Table table = new Table("SINCE", "PHASE", "ACCOUNT", "FROM", "TO");
        renames.forEach(rename -> table.add(
                rename.started().toString(),
                rename.phase().name(),
                rename.account(),
                rename.source().toString(),
                rename.target().toString()));
        return table.toString();
    }
}

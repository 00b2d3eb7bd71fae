package dev.slipway.admin.command;

import dev.slipway.core.state.RenameTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Renames of directories that are under way, or were when the gateway ended. */
@Command(
        name = "renames",
        description = "Lists directory renames that are in progress, or were when the gateway stopped.",
        mixinStandardHelpOptions = true)
final class RenamesCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing subcommand: slipway renames list");
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
            List<RenameTable.Entry> renames = opened.renames().underWay();
            context.print(
                    table(renames), renames.stream().map(RenamesCommand::json).toList());
        });
    }

    private static String table(List<RenameTable.Entry> renames) {
        List<String> lines = new ArrayList<>();
        lines.add(line("SINCE", "PHASE", "ACCOUNT", "FROM", "TO"));
        for (RenameTable.Entry rename : renames) {
            lines.add(line(
                    rename.started().toString(),
                    rename.phase().name(),
                    rename.account(),
                    rename.source().toString(),
                    rename.target().toString()));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String line(String since, String phase, String account, String from, String to) {
        // A key may contain terminal control characters.
        return String.format("%-20s  %-8s  %-12s  %s  %s", since, phase, account, from, to)
                .replaceAll("\\p{Cntrl}", "?");
    }

    private static Map<String, Object> json(RenameTable.Entry rename) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("since", rename.started());
        json.put("phase", rename.phase().name());
        json.put("account", rename.account());
        json.put("sourceBucket", rename.source().bucket());
        json.put("source", rename.source().key());
        json.put("targetBucket", rename.target().bucket());
        json.put("target", rename.target().key());
        return json;
    }
}

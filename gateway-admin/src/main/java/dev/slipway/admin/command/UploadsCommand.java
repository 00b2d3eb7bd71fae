package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedUploads;
import dev.slipway.core.store.InterruptedUpload;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Interrupted uploads, which their accounts can resume. */
@Command(
        name = "uploads",
        description = {
            "Lists and discards interrupted uploads.",
            "Their accounts can resume them until they are discarded, or for resume.keepFor."
        },
        mixinStandardHelpOptions = true)
final class UploadsCommand extends CommandGroup {
    UploadsCommand() {
        super("list or discard");
    }

    @Command(
            name = "list",
            description = "Lists them, oldest first. BYTES is what the store has; - if that is not known yet.",
            mixinStandardHelpOptions = true)
    int list(
            @Mixin CommandContext context,
            @Option(names = "--account", paramLabel = "NAME", description = "Only those of this account.") @Nullable
                    String account)
            throws IOException {
        return context.with(opened -> {
            List<InterruptedUpload> uploads =
                    opened.uploads(context.principal()).list(account);
            context.print(table(uploads), uploads.stream().map(ResourceJson::of).toList());
        });
    }

    private static String table(List<InterruptedUpload> uploads) {
        Table table = new Table("ID", "SINCE", "BYTES", "ACCOUNT", "KEY");
        for (InterruptedUpload upload : uploads) {
            table.add(
                    upload.id(),
                    upload.since().toString(),
                    upload.bytes() == InterruptedUpload.UNKNOWN ? "-" : Long.toString(upload.bytes()),
                    upload.owner().account(),
                    upload.key().toString());
        }
        return table.toString();
    }

    @Command(
            name = "discard",
            description = {
                "Discards interrupted uploads. Their paths show the previous state at once.",
                "A running gateway frees the space in the store within 5 minutes; otherwise it is freed when the"
                        + " gateway starts."
            },
            mixinStandardHelpOptions = true)
    int discard(
            @Parameters(arity = "0..*", paramLabel = "ID", description = "ID, as shown by list.") @Nullable
                    List<String> ids,
            @Mixin CommandContext context,
            @Option(names = "--account", paramLabel = "NAME", description = "All of this account.") @Nullable
                    String account)
            throws IOException {
        List<String> wanted = ids == null ? List.of() : ids;
        if (wanted.isEmpty() == (account == null)) {
            throw context.wrong("Name IDs, as shown by slipway uploads list, or --account");
        }
        return context.with(opened -> {
            ManagedUploads uploads = opened.uploads(context.principal());
            List<String> discarded = account == null ? uploads.discard(wanted) : uploads.discardAll(account);
            context.print("discarded " + discarded.size() + " uploads", Map.of("discarded", discarded));
            ManagedUploads.requireAll(wanted, discarded);
        });
    }
}

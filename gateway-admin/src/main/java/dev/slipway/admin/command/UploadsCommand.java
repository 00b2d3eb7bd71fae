package dev.slipway.admin.command;

import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.InterruptedUpload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Interrupted uploads, which their accounts can resume. */
@Command(
        name = "uploads",
        description = {
            "Lists and discards interrupted uploads.",
            "Their accounts can resume them until they are discarded, or for resume.keepFor."
        },
        mixinStandardHelpOptions = true)
final class UploadsCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing subcommand: slipway uploads list or discard");
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
            List<InterruptedUpload> uploads = opened.uploads().allInterrupted().stream()
                    .filter(upload ->
                            account == null || upload.owner().account().equals(account))
                    .toList();
            context.print(
                    table(uploads), uploads.stream().map(UploadsCommand::json).toList());
        });
    }

    private static String table(List<InterruptedUpload> uploads) {
        List<String> lines = new ArrayList<>();
        lines.add(line("ID", "SINCE", "BYTES", "ACCOUNT", "KEY"));
        for (InterruptedUpload upload : uploads) {
            lines.add(line(
                    upload.id(),
                    upload.since().toString(),
                    isKnown(upload) ? Long.toString(upload.bytes()) : "-",
                    upload.owner().account(),
                    // A key may contain terminal control characters.
                    upload.key().toString().replaceAll("\\p{Cntrl}", "?")));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String line(String id, String since, String bytes, String account, String key) {
        return String.format("%-36s  %-20s  %15s  %-12s  %s", id, since, bytes, account, key);
    }

    private static boolean isKnown(InterruptedUpload upload) {
        return upload.bytes() != InterruptedUpload.UNKNOWN;
    }

    private static Map<String, @Nullable Object> json(InterruptedUpload upload) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", upload.id());
        json.put("since", upload.since());
        json.put("bytes", isKnown(upload) ? (Long) upload.bytes() : null);
        json.put("account", upload.owner().account());
        json.put("bucket", upload.key().bucket());
        json.put("key", upload.key().key());
        return json;
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
            UploadTable uploads = opened.uploads();
            List<String> discarded = new ArrayList<>();
            for (InterruptedUpload upload : uploads.allInterrupted()) {
                boolean meant = account == null
                        ? wanted.contains(upload.id())
                        : upload.owner().account().equals(account);
                if (meant && uploads.discarded(upload.id())) {
                    if (upload.uploadId().isEmpty()) {
                        uploads.ended(upload.id());
                    }
                    discarded.add(upload.id());
                }
            }
            context.print("discarded " + discarded.size() + " uploads", Map.of("discarded", discarded));
            List<String> missing = new ArrayList<>(wanted);
            missing.removeAll(discarded);
            if (!missing.isEmpty()) {
                throw new IOException("no such interrupted upload: " + String.join(", ", missing));
            }
        });
    }
}

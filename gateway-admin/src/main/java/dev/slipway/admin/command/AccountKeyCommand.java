package dev.slipway.admin.command;

import dev.slipway.admin.management.Accounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The SSH keys of an account. */
@Command(name = "key", description = "Adds and removes SSH keys of an account.", mixinStandardHelpOptions = true)
final class AccountKeyCommand extends CommandGroup {
    AccountKeyCommand() {
        super("add or remove");
    }

    @Command(
            name = "add",
            description = "Adds a public key, given as a line or with --file. An existing key gets the new comment.",
            mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME", index = "0", description = "The account.") String name,
            @Parameters(
                            paramLabel = "KEY",
                            index = "1..*",
                            arity = "0..*",
                            description = "The line of a .pub file: type, Base64 and comment.")
                    @Nullable
                    List<String> words,
            @Option(names = "--file", paramLabel = "FILE", description = "A .pub file, instead of KEY.") @Nullable
                    Path file,
            @Mixin CommandContext context)
            throws IOException {
        if ((words == null || words.isEmpty()) == (file == null)) {
            throw context.wrong("Name either KEY, the line of a .pub file, or --file");
        }
        String line = file == null
                ? String.join(" ", words == null ? List.of() : words)
                : read(context.localFile(file, "give the text itself"));
        return context.with(services -> {
            Accounts accounts = services.accounts(context.principal());
            context.print(accounts.addKey(name, accounts.readKey(file == null ? "KEY" : file.toString(), line)));
        });
    }

    private static String read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new IOException(file + " cannot be read as text: " + e, e);
        }
        if (lines.size() != 1) {
            throw new IOException(file + " has " + lines.size() + " lines; a .pub file with one key has one");
        }
        return lines.getFirst();
    }

    @Command(name = "remove", description = "Removes a public key.", mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "NAME", index = "0", description = "The account.") String name,
            @Parameters(
                            paramLabel = "FINGERPRINT",
                            index = "1",
                            description = "SHA256:…, as slipway account show and ssh-keygen -lf print it.")
                    String fingerprint,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(
                services -> context.print(services.accounts(context.principal()).removeKey(name, fingerprint)));
    }
}

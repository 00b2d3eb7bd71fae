package dev.slipway.app;

import dev.slipway.core.account.PasswordHash;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints a value for {@code accounts[].passwordHash}. */
@Command(
        name = "hash-password",
        description = "Asks for a password, or reads it from standard input, and prints its Argon2id hash.",
        mixinStandardHelpOptions = true)
final class HashPasswordCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        char[] password = read();
        if (password == null || password.length == 0) {
            throw new IOException("no password was given");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(PasswordHash.of(password).encoded());
        out.flush();
        Arrays.fill(password, '\0');
        return 0;
    }

    // It is null in a runtime image without the module jdk.internal.le.
    @SuppressWarnings("SystemConsoleNull")
    private static char @Nullable [] read() throws IOException {
        Console console = System.console();
        if (console != null && console.isTerminal()) {
            return console.readPassword("Password: ");
        }
        String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        return line == null ? null : line.toCharArray();
    }
}

package dev.slipway.app;

import dev.slipway.core.account.PasswordHash;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Asks for a new password. Never an argument of the command: those are seen by everybody on the machine. */
final class AccountPassword {
    private static final int LONGEST = 128;

    private AccountPassword() {}

    /**
     * Reads a password and hashes it.
     *
     * @param fromStandardInput its first line; otherwise the terminal, twice and without echo
     * @throws IOException there is none, or it is none that every client can send
     */
    static PasswordHash read(boolean fromStandardInput) throws IOException {
        char[] password = fromStandardInput ? line() : prompt();
        try {
            if (password == null || password.length == 0) {
                throw new IOException("the password is empty");
            }
            if (password.length > LONGEST) {
                throw new IOException("the password is longer than " + LONGEST + " characters");
            }
            for (char c : password) {
                if (Character.isISOControl(c)) {
                    throw new IOException("the password has control characters, which clients cannot send");
                }
            }
            return PasswordHash.of(password);
        } finally {
            if (password != null) {
                Arrays.fill(password, '\0');
            }
        }
    }

    private static char @Nullable [] line() throws IOException {
        String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        return line == null ? null : line.toCharArray();
    }

    // It is null in a runtime image without the module jdk.internal.le.
    @SuppressWarnings("SystemConsoleNull")
    private static char @Nullable [] prompt() throws IOException {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new IOException("there is no terminal to ask for a password at; give it as the first line of standard"
                    + " input, with --password-stdin");
        }
        char[] password = console.readPassword("Password: ");
        char[] again = console.readPassword("Again: ");
        try {
            if (!Arrays.equals(password, again)) {
                if (password != null) {
                    Arrays.fill(password, '\0');
                }
                throw new IOException("the two passwords differ; nothing was changed");
            }
            return password;
        } finally {
            if (again != null) {
                Arrays.fill(again, '\0');
            }
        }
    }
}

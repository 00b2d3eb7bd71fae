package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedAccount;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Principal;
import dev.slipway.admin.management.Services;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.RemoteException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The context of a command: its services and its output. */
final class CommandContext {
    private static final int LONGEST_TEXT = 64 * 1024;

    /** How a command prints its result. */
    enum Output {
        TEXT,
        JSON
    }

    /** What a command does. Blocks. */
    interface Work {
        void run(Services services) throws IOException, ManagementException, PushOrderException, RemoteException;
    }

    private final CommandEnvironment place;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "Output format: text or json. Default: ${DEFAULT-VALUE}")
    private Output output = Output.TEXT;

    CommandContext(CommandEnvironment place) {
        this.place = place;
    }

    /** Runs a command's work. Returns the exit status of a command that has succeeded. */
    int with(Work work) throws IOException {
        try {
            place.with(spec, services -> run(work, services));
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
        return 0;
    }

    private void run(Work work, Services services) throws IOException {
        try {
            work.run(services);
        } catch (InvalidFieldsException e) {
            throw wrong(String.valueOf(e.getMessage()));
        } catch (ManagementException e) {
            String hint = switch (e.reason()) {
                case UNKNOWN_ACCOUNT -> "; slipway account list shows all";
                case UNKNOWN_REMOTE -> "; slipway remote list shows all";
                case UNKNOWN_KEY -> "; slipway account show lists its keys";
                case UNKNOWN_JOB -> "; slipway jobs list shows all";
                case UNKNOWN_TOKEN -> "; slipway token list shows all";
                case UNKNOWN_PULL -> "; slipway pulls list shows all";
                case UNKNOWN_RETENTION -> "; slipway retention list shows all";
                case TOKEN_EXISTS -> "; slipway token remove removes it";
                case UNKNOWN_UPLOAD,
                        UNKNOWN_SESSION,
                        UNKNOWN_WATCH,
                        UNKNOWN_ARCHIVE,
                        NO_QUOTA,
                        ALREADY_EXISTS,
                        READ_ONLY,
                        WRONG_STATE,
                        FORBIDDEN,
                        NOT_AVAILABLE -> "";
            };
            throw new IOException(e.getMessage() + hint, e);
        } catch (PushOrderException | RemoteException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Who asks the services. */
    Principal principal() {
        return caller().principal();
    }

    Caller caller() {
        return place.caller();
    }

    Console console() {
        return place.console(spec);
    }

    boolean isJson() {
        return output == Output.JSON;
    }

    ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    void print(ManagedAccount account) {
        AccountView view = new AccountView(account);
        print(view.text(), view.json());
    }

    void print(List<ManagedAccount> accounts) {
        List<AccountView> views = accounts.stream().map(AccountView::new).toList();
        print(AccountView.table(views), views.stream().map(AccountView::json).toList());
    }

    /**
     * Prints a result.
     *
     * @param json see {@link Json#format}
     */
    void print(String text, Object json) {
        PrintWriter out = console().out();
        out.println(isJson() ? Json.format(json) : PlainText.of(text));
        out.flush();
    }

    /** As above, for a table, which fits the terminal. */
    void print(Table table, Object json) {
        print(table.fitting(console().columns(), console().isUnicode()), json);
    }

    /** For a command without a result. */
    void printDone(String text, String key, String name) {
        print(text, Map.of(key, name));
    }

    /** Prints a message in addition to the result. */
    void note(String text) {
        PrintWriter err = console().err();
        err.println(PlainText.of(text));
        err.flush();
    }

    /**
     * A named file, if the user could read it without the gateway.
     *
     * @param instead what to do if it is on another machine
     * @throws IOException it is on another machine
     */
    Path localFile(Path file, String instead) throws IOException {
        if (!place.readsFiles()) {
            throw new IOException("the gateway does not read files for its clients; " + instead);
        }
        return file;
    }

    /** The content of a text file. */
    static String readText(Path file) throws IOException {
        byte[] bytes;
        try (InputStream input = Files.newInputStream(file)) {
            bytes = input.readNBytes(LONGEST_TEXT + 1);
        } catch (NoSuchFileException e) {
            throw new IOException("no such file: " + file, e);
        } catch (AccessDeniedException e) {
            throw new IOException("the file " + file + " is not readable: permission denied", e);
        } catch (IOException e) {
            throw new IOException("the file " + file + " cannot be read: " + e.getMessage(), e);
        }
        if (bytes.length > LONGEST_TEXT) {
            throw new IOException("the file " + file + " is longer than " + LONGEST_TEXT + " bytes");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The first line of standard input; empty if there is none. */
    String readLine() throws IOException {
        char[] line = line();
        return line == null ? "" : new String(line);
    }

    /** All of standard input, as text. */
    String readText() throws IOException {
        byte[] bytes = console().input().readNBytes(LONGEST_TEXT + 1);
        if (bytes.length > LONGEST_TEXT) {
            throw new IOException("the standard input is longer than " + LONGEST_TEXT + " bytes");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Asks for a new password, and hashes it. It is never a command-line argument, since everybody on the machine can
     * see those.
     *
     * @param fromStandardInput whether to read its first line; otherwise from the terminal, twice and without echo
     * @throws IOException there is none, or not every client can send it
     */
    PasswordHash readPassword(boolean fromStandardInput) throws IOException {
        char[] password = readSecret("Password: ", fromStandardInput, true);
        try {
            return PasswordHash.ofNew(password);
        } catch (IllegalArgumentException e) {
            throw new IOException("the password " + e.getMessage(), e);
        } finally {
            Arrays.fill(password, '\0');
        }
    }

    /**
     * Asks for a secret of at least one character.
     *
     * @param fromStandardInput whether to read its first line; otherwise from the terminal, without echo
     * @param twice whether to ask twice at a terminal
     */
    char[] readSecret(String prompt, boolean fromStandardInput, boolean twice) throws IOException {
        char[] secret = fromStandardInput ? line() : console().readSecret(prompt);
        if (secret == null && !fromStandardInput) {
            throw new IOException("no terminal to ask for a password; pass it as the first line of standard input with"
                    + " --password-stdin");
        }
        if (secret == null || secret.length == 0) {
            throw new IOException("the password is empty");
        }
        if (twice && !fromStandardInput) {
            char[] again = console().readSecret("Again: ");
            boolean same = Arrays.equals(secret, again);
            if (again != null) {
                Arrays.fill(again, '\0');
            }
            if (!same) {
                Arrays.fill(secret, '\0');
                throw new IOException("the passwords do not match; nothing was changed");
            }
        }
        return secret;
    }

    private char @Nullable [] line() throws IOException {
        String line = new BufferedReader(new InputStreamReader(console().input(), StandardCharsets.UTF_8)).readLine();
        return line == null ? null : line.toCharArray();
    }
}

package dev.slipway.admin.command;

import dev.slipway.core.FieldProblem;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.RemoteRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how the gateway logs in to a remote. */
final class RemoteLogin {
    @Option(
            names = "--password-stdin",
            description =
                    "Read the password from the first line of standard input. Without this or a key, it is asked for.")
    private boolean passwordInput;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description =
                    "Log in with the private key in this file on the machine where you type the command; over SSH, "
                            + "use --key-stdin.")
    private @Nullable Path keyFile;

    @Option(names = "--key-stdin", description = "Read a private key from standard input.")
    private boolean keyInput;

    @Option(
            names = "--passphrase-stdin",
            description = "Read the passphrase of the key from the first line of standard input; with"
                    + " --key-stdin, the key follows. Without this it is asked for.")
    private boolean passphraseInput;

    @Option(names = "--agent", description = "Log in with the keys of the agent at SSH_AUTH_SOCK.")
    private boolean agent;

    /** Fails if the options do not fit together. */
    void check(CommandContext context) {
        if ((passwordInput ? 1 : 0) + (keyFile != null ? 1 : 0) + (keyInput ? 1 : 0) + (agent ? 1 : 0) > 1) {
            throw context.wrong("Only one of --password-stdin, --key, --key-stdin and --agent can be used");
        }
        if (passphraseInput && !withKey()) {
            throw context.wrong("--passphrase-stdin can only be used with --key or --key-stdin");
        }
    }

    /** Whether the gateway logs in with a private key. */
    boolean withKey() {
        return keyInput || keyFile != null;
    }

    /** Reads the credentials, or asks for them. Blocks. */
    Credentials read(CommandContext context) throws IOException {
        return withKey() ? privateKey(context) : password(context);
    }

    /** A private key that can be read, with the passphrase that it needs. */
    private Credentials privateKey(CommandContext context) throws IOException {
        String text;
        String passphrase = null;
        if (keyFile != null) {
            text = CommandContext.readText(
                    context.localFile(keyFile, "pass the key on standard input: --key-stdin < " + keyFile));
            passphrase = passphraseInput ? context.readLine() : null;
        } else {
            text = context.readText();
            if (passphraseInput) {
                int end = text.indexOf('\n');
                passphrase = text.substring(0, Math.max(end, 0)).stripTrailing();
                text = text.substring(end + 1);
            }
        }
        if (!text.contains("PRIVATE KEY")) {
            throw new IOException((keyFile == null ? "the standard input" : keyFile.toString())
                    + " is not a private key in OpenSSH or PEM format");
        }
        if (!RemoteRules.needsPassphrase(text)) {
            passphrase = null;
        } else if (passphrase == null) {
            passphrase = askPassphrase(context, keyFile == null);
        }
        Credentials.PrivateKey key = new Credentials.PrivateKey(text, passphrase);
        List<FieldProblem> problems = RemoteRules.check(key);
        if (!problems.isEmpty()) {
            throw new IOException(problems.getFirst().detail().replaceFirst("^it ", "the private key "));
        }
        return key;
    }

    private static String askPassphrase(CommandContext context, boolean keyInput) throws IOException {
        char[] typed = context.console().readSecret("Passphrase of the key: ");
        if (typed == null) {
            throw new IOException(
                    "the key is encrypted, and there is no terminal to ask for its passphrase; pass it as the first "
                            + "line of standard input with --passphrase-stdin"
                            + (keyInput ? ", followed by the key" : ""));
        }
        try {
            return new String(typed);
        } finally {
            Arrays.fill(typed, '\0');
        }
    }

    private Credentials password(CommandContext context) throws IOException {
        if (agent) {
            return new Credentials.Agent();
        }
        char[] password = context.readSecret("Password on the remote: ", passwordInput, false);
        try {
            return new Credentials.Password(new String(password));
        } finally {
            Arrays.fill(password, '\0');
        }
    }
}

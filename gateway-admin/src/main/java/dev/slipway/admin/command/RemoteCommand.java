package dev.slipway.admin.command;

import dev.slipway.core.NameRule;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteProblem;
import dev.slipway.transfer.remote.RemoteRules;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The servers that files are sent to. */
@Command(
        name = "remote",
        description = "Adds, shows, tests and removes the servers that files are pushed to over SSH.",
        mixinStandardHelpOptions = true)
final class RemoteCommand implements Runnable {
    private static final String ANY_FOLDER =
            "Allow files to be written anywhere, but only by administrators: whoever can write files such "
                    + "as .ssh/authorized_keys can log in there.";
    private static final String DOT_FILES = "Allow names that begin with a dot. Without it they are refused.";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Missing subcommand: slipway remote add, set, list, show, test, trust or remove");
    }

    static IOException unknown(String name) {
        return new IOException("no such remote: '" + name + "'; slipway remote list shows all");
    }

    private static Remote find(Services services, String name) throws IOException {
        return services.requireRemotes().find(name).orElseThrow(() -> unknown(name));
    }

    private static void requireChangeable(Services services, String name) throws IOException {
        if (services.requireRemotes().isConfigured(name)) {
            throw new IOException(
                    "the remote '" + name + "' is in the configuration file; change it there and restart the gateway");
        }
    }

    @Command(
            name = "add",
            description = {
                "Adds a remote, or replaces the one with the same name.",
                "Without --host-key, the server's host keys are shown for confirmation."
            },
            sortOptions = false,
            mixinStandardHelpOptions = true)
    int add(
            @Parameters(index = "0", paramLabel = "NAME", description = "Name of the remote.") String name,
            @Parameters(index = "1", paramLabel = "USER@HOST[:PORT]", description = "User, host and port.")
                    String place,
            @Mixin CommandContext context,
            @Option(
                            names = "--host-key",
                            paramLabel = "KEY",
                            description =
                                    "Accepted host key: 'ssh-ed25519 AAAA…', SHA256:…, or '@cert-authority ssh-ed25519 AAAA…'; "
                                            + "repeatable.")
                    @Nullable
                    List<String> hostKeys,
            @Option(
                            names = "--password-stdin",
                            description =
                                    "Read the password from the first line of standard input. Without this or a key, it is asked for.")
                    boolean passwordInput,
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            description =
                                    "Log in with the private key in this file on the machine where you type the command; over SSH, "
                                            + "use --key-stdin.")
                    @Nullable
                    Path keyFile,
            @Option(names = "--key-stdin", description = "Read a private key from standard input.") boolean keyInput,
            @Option(
                            names = "--passphrase-stdin",
                            description = "Read the passphrase of the key from the first line of standard input; with"
                                    + " --key-stdin, the key follows. Without this it is asked for.")
                    boolean passphraseInput,
            @Option(names = "--agent", description = "Log in with the keys of the agent at SSH_AUTH_SOCK.")
                    boolean agent,
            @Option(
                            names = "--folder",
                            paramLabel = "PATH",
                            description = "Folder that files may be written to; repeatable.")
                    @Nullable
                    List<String> folders,
            @Option(names = "--any-folder", description = ANY_FOLDER) boolean anyFolder,
            @Option(names = "--dot-files", description = DOT_FILES) boolean dotFiles,
            @Option(
                            names = "--mode",
                            paramLabel = "MODE",
                            defaultValue = "auto",
                            description = "Transfer mode: auto, direct or streaming. Default: ${DEFAULT-VALUE}")
                    TransferMode mode,
            @Option(
                            names = "--max-jobs",
                            paramLabel = "N",
                            defaultValue = "" + Remote.DEFAULT_MAX_JOBS,
                            description = "Maximum number of concurrent jobs. Default: ${DEFAULT-VALUE}")
                    int maxJobs,
            @Option(
                            names = "--max-channels",
                            paramLabel = "N",
                            defaultValue = "" + Remote.DEFAULT_MAX_CHANNELS,
                            description = "Maximum number of concurrent parts of one file. Default: ${DEFAULT-VALUE}")
                    int maxChannels,
            @Option(
                            names = "--free-space",
                            paramLabel = "PERCENT",
                            description =
                                    "Share of the file system that must stay free after a file, 0 to 100. Default: that of the gateway")
                    @Nullable
                    Integer freeSpace,
            @Option(
                            names = "--file-system",
                            paramLabel = "PATH",
                            defaultValue = "",
                            description = "Path whose file system is measured. Default: that of the destination")
                    String fileSystem)
            throws IOException {
        if (!NameRule.REMOTE.accepts(name)) {
            throw context.wrong("NAME '" + name + "': expected " + NameRule.REMOTE.expected());
        }
        Place parsed = Place.parse(context, place);
        if ((passwordInput ? 1 : 0) + (keyFile != null ? 1 : 0) + (keyInput ? 1 : 0) + (agent ? 1 : 0) > 1) {
            throw context.wrong("Only one of --password-stdin, --key, --key-stdin and --agent can be used");
        }
        boolean withKey = keyInput || keyFile != null;
        if (passphraseInput && !withKey) {
            throw context.wrong("--passphrase-stdin can only be used with --key or --key-stdin");
        }
        if (maxJobs < 1 || maxChannels < 1) {
            throw context.wrong("--max-jobs and --max-channels: expected a number of at least 1");
        }
        if (freeSpace != null && (freeSpace < 0 || freeSpace > 100)) {
            throw context.wrong("--free-space " + freeSpace + ": expected 0 to 100");
        }
        checkFolders(context, folders, anyFolder);
        if ((folders == null || folders.isEmpty()) && !anyFolder) {
            throw context.wrong(
                    "Missing folders: name each folder with --folder PATH, or use --any-folder, which allows only "
                            + "administrators to push files there");
        }
        return context.with(services -> {
            Remotes remotes = services.requireRemotes();
            requireChangeable(services, name);
            Credentials key = withKey ? privateKey(context, keyFile, passphraseInput) : null;
            List<String> keys = hostKeys == null || hostKeys.isEmpty()
                    ? confirmed(context, services, parsed.host(), parsed.port())
                    : hostKeys;
            Remote remote = new Remote(
                    name,
                    parsed.host(),
                    parsed.port(),
                    parsed.user(),
                    key == null ? credentials(context, passwordInput, agent) : key,
                    keys,
                    folders == null ? List.of() : folders,
                    mode,
                    maxJobs,
                    maxChannels,
                    freeSpace == null ? OptionalInt.empty() : OptionalInt.of(freeSpace),
                    fileSystem,
                    dotFiles);
            put(context, remotes, remote);
            context.print(text(remote, false), json(remote, false));
        });
    }

    private static void checkFolders(CommandContext context, @Nullable List<String> folders, boolean anyFolder) {
        for (String path : folders == null ? List.<String>of() : folders) {
            if (!path.startsWith("/")) {
                throw context.wrong("--folder '" + path + "': expected an absolute path");
            }
        }
        if (anyFolder && folders != null && !folders.isEmpty()) {
            throw context.wrong("--folder and --any-folder cannot be used together");
        }
    }

    @Command(
            name = "set",
            description = "Changes where files may be written on a remote. Other settings stay as they are.",
            sortOptions = false,
            mixinStandardHelpOptions = true)
    int set(
            @Parameters(paramLabel = "REMOTE", description = "The remote.") String name,
            @Mixin CommandContext context,
            @Option(
                            names = "--folder",
                            paramLabel = "PATH",
                            description = "Folder that files may be written to; repeatable. Replaces all folders.")
                    @Nullable
                    List<String> folders,
            @Option(names = "--any-folder", description = ANY_FOLDER) boolean anyFolder,
            @Option(names = "--dot-files", negatable = true, description = DOT_FILES) @Nullable Boolean dotFiles)
            throws IOException {
        checkFolders(context, folders, anyFolder);
        if (folders == null && !anyFolder && dotFiles == null) {
            throw context.wrong("Nothing to change: name --folder, --any-folder, --dot-files or --no-dot-files");
        }
        return context.with(services -> {
            requireChangeable(services, name);
            Remote remote = find(services, name);
            Remote changed = remote.withPlaces(
                    anyFolder ? List.of() : folders == null ? remote.folders() : folders,
                    dotFiles == null ? remote.dotFiles() : dotFiles);
            put(context, services.requireRemotes(), changed);
            context.print(text(changed, false), json(changed, false));
        });
    }

    private static void put(CommandContext context, Remotes remotes, Remote remote) {
        try {
            remotes.put(remote);
        } catch (IllegalArgumentException e) {
            throw context.wrong(String.valueOf(e.getMessage()));
        }
    }

    private record Place(String user, String host, int port) {
        static Place parse(CommandContext context, String text) {
            int at = text.lastIndexOf('@');
            String rest = text.substring(at + 1);
            boolean six = rest.startsWith("[");
            int end = six ? rest.indexOf(']') : rest.indexOf(':');
            String host = six && end > 0 ? rest.substring(1, end) : end < 0 ? rest : rest.substring(0, end);
            String port = six && end > 0 ? rest.substring(end + 1) : end < 0 ? "" : rest.substring(end);
            boolean plain = port.isEmpty() || port.matches(":[1-9]\\d{0,4}");
            if (at < 1 || host.isEmpty() || !plain) {
                throw context.wrong(
                        "'" + text + "': expected USER@HOST or USER@HOST:PORT; an IPv6 address in brackets");
            }
            int number = port.isEmpty() ? Remote.DEFAULT_PORT : Integer.parseInt(port.substring(1));
            if (number > 65_535) {
                throw context.wrong("'" + text + "': a port must be from 1 to 65535");
            }
            return new Place(text.substring(0, at), host, number);
        }
    }

    /**
     * A private key that can be read, with the passphrase that it needs.
     *
     * @param file null for the standard input
     */
    private static Credentials privateKey(CommandContext context, @Nullable Path file, boolean passphraseInput)
            throws IOException {
        String text;
        String passphrase = null;
        if (file != null) {
            text = CommandContext.readText(
                    context.localFile(file, "pass the key on standard input: --key-stdin < " + file));
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
            throw new IOException((file == null ? "the standard input" : file.toString())
                    + " is not a private key in OpenSSH or PEM format");
        }
        if (!RemoteRules.needsPassphrase(text)) {
            passphrase = null;
        } else if (passphrase == null) {
            passphrase = askPassphrase(context, file == null);
        }
        Credentials.PrivateKey key = new Credentials.PrivateKey(text, passphrase);
        List<RemoteProblem> problems = RemoteRules.check(key);
        if (!problems.isEmpty()) {
            throw new IOException("the private key " + problems.getFirst().message());
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

    private static Credentials credentials(CommandContext context, boolean passwordInput, boolean agent)
            throws IOException {
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

    /** The keys that a server shows, if somebody at a terminal says that they are its own. */
    private static List<String> confirmed(CommandContext context, Services services, String host, int port)
            throws IOException {
        List<String> keys;
        try {
            keys = services.requireAccess().hostKeys(host, port);
        } catch (RemoteException e) {
            throw new IOException(e.getMessage(), e);
        }
        StringBuilder shown =
                new StringBuilder(host + " port " + port + " presents these host keys, which are not verified:");
        for (String key : keys) {
            shown.append(System.lineSeparator())
                    .append("  ")
                    .append(HostKeyFingerprint.of(key))
                    .append(" (")
                    .append(key.split(" ", 2)[0])
                    .append(')');
        }
        context.note(shown.toString());
        String answer = context.console().readLine("Do they belong to the server? Type yes to trust them: ");
        if (answer == null) {
            throw new IOException("no terminal to confirm them; if they belong to the server, name one with --host-key "
                    + HostKeyFingerprint.of(keys.getFirst()));
        }
        if (!answer.strip().equalsIgnoreCase("yes")) {
            throw new IOException("the keys were not confirmed; nothing was changed");
        }
        return keys;
    }

    @Command(
            name = "list",
            description = "Lists all remotes, including those in the configuration.",
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(services -> {
            Remotes remotes = services.requireRemotes();
            Table table = new Table("NAME", "SOURCE", "USER", "HOST", "PORT", "MODE");
            List<Map<String, @Nullable Object>> json = new ArrayList<>();
            for (Remote remote : remotes.all()) {
                boolean configured = remotes.isConfigured(remote.name());
                table.add(
                        remote.name(),
                        source(configured),
                        remote.user(),
                        remote.host(),
                        Integer.toString(remote.port()),
                        word(remote.mode()));
                json.add(json(remote, configured));
            }
            context.print(table.toString(), json);
        });
    }

    @Command(name = "show", description = "Shows a remote.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            Remote remote = find(services, name);
            boolean configured = services.requireRemotes().isConfigured(name);
            context.print(text(remote, configured), json(remote, configured));
        });
    }

    @Command(
            name = "test",
            description = "Logs in to a remote and shows its capabilities, and which mode auto chooses.",
            mixinStandardHelpOptions = true)
    int test(@Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            Remote remote = find(services, name);
            Capabilities found;
            try {
                found = services.requireAccess().probe(remote);
            } catch (RemoteException e) {
                throw new IOException(advice(e, name), e);
            }
            services.requireRemotes().remember(name, found);
            AutoMode auto = autoMode(services, name, found);
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("remote", name);
            json.put("shell", found.shell());
            json.put("tools", found.tools().stream().sorted().toList());
            json.put("extensions", found.extensions().stream().sorted().toList());
            json.put("auto", word(auto.mode()));
            json.put("reason", auto.reason());
            context.print(
                    name + ": login successful; shell: " + (found.shell() ? "yes" : "no") + ", tools: "
                            + (found.tools().isEmpty()
                                    ? "none"
                                    : String.join(
                                            ", ",
                                            found.tools().stream().sorted().toList()))
                            + System.lineSeparator() + "mode auto chooses " + word(auto.mode()) + ": "
                            + PlainText.line(auto.reason()),
                    json);
        });
    }

    /** Only a gateway that runs has a store that can be reached. */
    private static AutoMode autoMode(Services services, String name, Capabilities found) throws IOException {
        if (services.running() == null || services.running().pushes() == null) {
            return AutoMode.of(found);
        }
        try {
            return services.running().pushes().autoMode(name, services.bucket());
        } catch (PushOrderException e) {
            throw new IOException(e.getMessage(), e);
        } catch (RemoteException e) {
            throw new IOException(advice(e, name), e);
        }
    }

    private static String advice(RemoteException e, String name) {
        String next = switch (e.failure()) {
            case HOST_KEY -> "; slipway remote trust " + name + " shows its current key";
            case AUTHENTICATION -> "; slipway remote add " + name + " sets other credentials";
            case UNREACHABLE,
                    TIMEOUT,
                    NOT_FOUND,
                    PERMISSION_DENIED,
                    ALREADY_EXISTS,
                    NO_SPACE,
                    NO_CHANNEL,
                    UNSUPPORTED,
                    FAILED -> "";
        };
        return e.getMessage() + next;
    }

    @Command(
            name = "trust",
            description = "Replaces the host keys of a remote with its current ones, or with those given.",
            mixinStandardHelpOptions = true)
    int trust(
            @Parameters(paramLabel = "REMOTE", description = "The remote.") String name,
            @Mixin CommandContext context,
            @Option(names = "--host-key", paramLabel = "KEY", description = "As for slipway remote add.") @Nullable
                    List<String> hostKeys)
            throws IOException {
        return context.with(services -> {
            requireChangeable(services, name);
            Remote remote = find(services, name);
            List<String> keys = hostKeys == null || hostKeys.isEmpty()
                    ? confirmed(context, services, remote.host(), remote.port())
                    : hostKeys;
            Remote changed = remote.withHostKeys(keys);
            put(context, services.requireRemotes(), changed);
            context.print(text(changed, false), json(changed, false));
        });
    }

    @Command(name = "remove", description = "Removes a remote.", mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            requireChangeable(services, name);
            if (!services.requireRemotes().remove(name)) {
                throw unknown(name);
            }
            context.printDone("removed " + name, "removed", name);
        });
    }

    private static String source(boolean configured) {
        return configured ? "configuration" : "database";
    }

    private static String word(TransferMode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    private static String text(Remote remote, boolean configured) {
        List<String> lines = new ArrayList<>();
        line(lines, "name", remote.name());
        line(lines, "source", source(configured));
        line(lines, "host", remote.host() + " port " + remote.port());
        line(lines, "user", remote.user());
        line(lines, "proof", method(remote.credentials()));
        remote.hostKeys().forEach(key -> line(lines, "host key", key));
        line(
                lines,
                "folders",
                remote.folders().isEmpty() ? "any (administrators only)" : String.join(" ", remote.folders()));
        line(lines, "dot-files", remote.dotFiles() ? "allowed" : "refused");
        line(lines, "mode", word(remote.mode()));
        line(lines, "jobs", "at most " + remote.maxJobs());
        line(lines, "channels", "at most " + remote.maxChannels());
        line(
                lines,
                "free space",
                remote.freeSpacePercentage().isEmpty()
                        ? "default"
                        : "more than " + remote.freeSpacePercentage().getAsInt() + "%");
        if (!remote.fileSystem().isEmpty()) {
            line(lines, "file system", remote.fileSystem());
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static void line(List<String> lines, String label, String value) {
        lines.add(String.format("%-12s %s", label, PlainText.line(value)));
    }

    private static String method(Credentials credentials) {
        return switch (credentials) {
            case Credentials.Password _ -> "password";
            case Credentials.PrivateKey _ -> "key";
            case Credentials.Agent _ -> "agent";
        };
    }

    private static Map<String, @Nullable Object> json(Remote remote, boolean configured) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", remote.name());
        json.put("source", source(configured));
        json.put("host", remote.host());
        json.put("port", remote.port());
        json.put("user", remote.user());
        json.put("proof", method(remote.credentials()));
        json.put("hostKeys", remote.hostKeys());
        json.put("folders", remote.folders());
        json.put("mode", word(remote.mode()));
        json.put("maxJobs", remote.maxJobs());
        json.put("maxChannels", remote.maxChannels());
        json.put(
                "freeSpacePercentage",
                remote.freeSpacePercentage().isEmpty()
                        ? null
                        : (Integer) remote.freeSpacePercentage().getAsInt());
        json.put("fileSystem", remote.fileSystem());
        json.put("dotFiles", remote.dotFiles());
        return json;
    }
}

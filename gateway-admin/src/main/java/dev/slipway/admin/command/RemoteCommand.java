package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedRemotes;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.core.NameRule;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
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

/** The servers that files are pushed to. */
@Command(
        name = "remote",
        description = "Adds, shows, tests and removes the servers that files are pushed to over SSH.",
        mixinStandardHelpOptions = true)
final class RemoteCommand implements Runnable {
    private static final String ANY_FOLDER =
            "Allow files to be written anywhere, but only by administrators: whoever can write files such as"
                    + " .ssh/authorized_keys can log in there.";
    private static final String DOT_FILES = "Allow names that begin with a dot. Without it they are refused.";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Missing subcommand: slipway remote add, set, list, show, test, trust or remove");
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
                                    "Accepted host key: 'ssh-ed25519 AAAA…', SHA256:…, or '@cert-authority ssh-ed25519"
                                            + " AAAA…'; repeatable.")
                    @Nullable
                    List<String> hostKeys,
            @Option(
                            names = "--folder",
                            paramLabel = "PATH",
                            description = "Folder that files may be written to; repeatable.")
                    @Nullable
                    List<String> folders,
            @Option(names = "--any-folder", description = ANY_FOLDER) boolean anyFolder,
            @Option(names = "--dot-files", description = DOT_FILES) boolean dotFiles,
            @Mixin RemoteLogin login,
            @Mixin RemoteOptions options)
            throws IOException {
        if (!NameRule.REMOTE.accepts(name)) {
            throw context.wrong("NAME '" + name + "': expected " + NameRule.REMOTE.expected());
        }
        RemoteAddress address = RemoteAddress.parse(context, place);
        login.check(context);
        options.check(context);
        checkFolders(context, folders, anyFolder);
        if ((folders == null || folders.isEmpty()) && !anyFolder) {
            throw context.wrong(
                    "Missing folders: name each folder with --folder PATH, or use --any-folder, which allows only"
                            + " administrators to push files there");
        }
        return context.with(services -> {
            ManagedRemotes remotes = services.managedRemotes();
            // Check first, so that the user need not enter a secret in vain.
            remotes.requireWritable(name);
            Credentials key = login.withKey() ? login.read(context) : null;
            List<String> keys = hostKeys == null || hostKeys.isEmpty()
                    ? confirmed(context, services, address.host(), address.port())
                    : hostKeys;
            Credentials credentials = key == null ? login.read(context) : key;
            show(
                    context,
                    options.remote(name, address, credentials, keys, folders == null ? List.of() : folders, dotFiles),
                    remotes::put);
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
            ManagedRemotes remotes = services.managedRemotes();
            Remote remote = remotes.changeable(name);
            Remote changed = remote.withPlaces(
                    anyFolder ? List.of() : folders == null ? remote.folders() : folders,
                    dotFiles == null ? remote.dotFiles() : dotFiles);
            show(context, changed, remotes::put);
        });
    }

    /** A change of a remote. */
    private interface Change {
        Remote apply(Remote remote) throws ManagementException;
    }

    private static void show(CommandContext context, Remote remote, Change change) throws ManagementException {
        Remote changed;
        try {
            changed = change.apply(remote);
        } catch (IllegalArgumentException e) {
            throw context.wrong(String.valueOf(e.getMessage()));
        }
        context.print(RemoteView.text(changed, false), RemoteView.json(changed, false));
    }

    /** The keys that a server presents, if the user confirms them at a terminal. */
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
            ManagedRemotes remotes = services.managedRemotes();
            Table table = new Table("NAME", "SOURCE", "USER", "HOST", "PORT", "MODE");
            List<Map<String, @Nullable Object>> json = new ArrayList<>();
            for (Remote remote : remotes.all()) {
                boolean configured = remotes.isConfigured(remote.name());
                table.add(
                        remote.name(),
                        RemoteView.source(configured),
                        remote.user(),
                        remote.host(),
                        Integer.toString(remote.port()),
                        RemoteView.word(remote.mode()));
                json.add(RemoteView.json(remote, configured));
            }
            context.print(table.toString(), json);
        });
    }

    @Command(name = "show", description = "Shows a remote.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            Remote remote = services.managedRemotes().find(name);
            boolean configured = services.managedRemotes().isConfigured(name);
            context.print(RemoteView.text(remote, configured), RemoteView.json(remote, configured));
        });
    }

    @Command(
            name = "test",
            description = "Logs in to a remote and shows its capabilities, and which mode auto chooses.",
            mixinStandardHelpOptions = true)
    int test(@Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            Remote remote = services.managedRemotes().find(name);
            Capabilities found;
            try {
                found = services.requireAccess().probe(remote);
            } catch (RemoteException e) {
                throw new IOException(advice(e, name), e);
            }
            services.managedRemotes().remember(name, found);
            AutoMode auto = autoMode(services, name, found);
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("remote", name);
            json.put("shell", found.shell());
            json.put("tools", found.tools().stream().sorted().toList());
            json.put("extensions", found.extensions().stream().sorted().toList());
            json.put("auto", RemoteView.word(auto.mode()));
            json.put("reason", auto.reason());
            context.print(
                    name + ": login successful; shell: " + (found.shell() ? "yes" : "no") + ", tools: "
                            + (found.tools().isEmpty()
                                    ? "none"
                                    : String.join(
                                            ", ",
                                            found.tools().stream().sorted().toList()))
                            + System.lineSeparator() + "mode auto chooses " + RemoteView.word(auto.mode()) + ": "
                            + PlainText.line(auto.reason()),
                    json);
        });
    }

    /** Only a running gateway has access to a store. */
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
            ManagedRemotes remotes = services.managedRemotes();
            Remote remote = remotes.changeable(name);
            List<String> keys = hostKeys == null || hostKeys.isEmpty()
                    ? confirmed(context, services, remote.host(), remote.port())
                    : hostKeys;
            show(context, remote.withHostKeys(keys), remotes::put);
        });
    }

    @Command(name = "remove", description = "Removes a remote.", mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            services.managedRemotes().remove(name);
            context.printDone("removed " + name, "removed", name);
        });
    }
}

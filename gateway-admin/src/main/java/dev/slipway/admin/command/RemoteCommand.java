package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedRemotes;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.RemoteConnections;
import dev.slipway.admin.management.Services;
import dev.slipway.core.FieldProblem;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteCheck;
import dev.slipway.transfer.remote.RemoteDefinition;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The servers that files are pushed to. */
@Command(
        name = "remote",
        description = "Adds, shows, tests and removes the servers that files are pushed to over SSH.",
        mixinStandardHelpOptions = true)
final class RemoteCommand extends CommandGroup {
    private static final String ANY_FOLDER =
            "Allow files to be written anywhere, but only by administrators: whoever can write files such as"
                    + " .ssh/authorized_keys can log in there.";
    private static final String DOT_FILES = "Allow names that begin with a dot. Without it they are refused.";
    private static final String LEGACY =
            "Offer algorithms that are no longer safe, too, such as SHA-1: for servers that are too old for others.";

    RemoteCommand() {
        super("add, set, list, show, test, trust or remove");
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
            @Option(names = "--legacy-algorithms", description = LEGACY) boolean legacyAlgorithms,
            @Mixin RemoteLogin login,
            @Mixin RemoteOptions options)
            throws IOException {
        RemoteAddress address = RemoteAddress.parse(context, place);
        login.check(context);
        GivenOptions given = new GivenOptions(context)
                .text("name", "NAME", name)
                .text("host", "USER@HOST", address.host())
                .number("port", "USER@HOST:PORT", address.port())
                .text("user", "USER@HOST", address.user())
                .list("folders", "--folder", folders == null ? List.of() : folders)
                .flag("dotFiles", "--dot-files", dotFiles)
                .flag("legacyAlgorithms", "--legacy-algorithms", legacyAlgorithms);
        options.add(given);
        boolean confirms = hostKeys == null || hostKeys.isEmpty();
        if (hostKeys != null && !hostKeys.isEmpty()) {
            GivenOptions _ = given.list("hostKeys", "--host-key", hostKeys);
        }
        // Check first, so that the user need not enter a secret in vain.
        List<FieldProblem> problems = new ArrayList<>(problems(given, new Credentials.Agent()));
        problems.removeIf(problem -> confirms && problem.field().equals("hostKeys"));
        given.check(problems);
        checkFolders(context, folders, anyFolder);
        if ((folders == null || folders.isEmpty()) && !anyFolder) {
            throw context.wrong(
                    "Missing folders: name each folder with --folder PATH, or use --any-folder, which allows only"
                            + " administrators to push files there");
        }
        return context.with(services -> {
            ManagedRemotes remotes = services.remotes(context.principal());
            remotes.requireWritable(name);
            Credentials key = login.withKey() ? login.read(context) : null;
            if (confirms) {
                GivenOptions _ = given.list(
                        "hostKeys", "--host-key", confirmed(context, services, address.host(), address.port()));
            }
            Credentials credentials = key == null ? login.read(context) : key;
            given.check(problems(given, credentials));
            show(context, remotes.put(given.body().read(RemoteDefinition.class).remote(credentials)));
        });
    }

    private static List<FieldProblem> problems(GivenOptions given, Credentials credentials) {
        JsonBody body = given.body();
        return body.problems(body.read(RemoteDefinition.class).problems(credentials));
    }

    private static void checkFolders(CommandContext context, @Nullable List<String> folders, boolean anyFolder) {
        if (anyFolder && folders != null && !folders.isEmpty()) {
            throw context.wrong("--folder and --any-folder cannot be used together");
        }
    }

    @Command(
            name = "set",
            description = "Changes where files may be written on a remote, and whether it is offered old algorithms.",
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
            @Option(names = "--dot-files", negatable = true, description = DOT_FILES) @Nullable Boolean dotFiles,
            @Option(names = "--legacy-algorithms", negatable = true, description = LEGACY) @Nullable
                    Boolean legacyAlgorithms)
            throws IOException {
        checkFolders(context, folders, anyFolder);
        if (folders == null && !anyFolder && dotFiles == null && legacyAlgorithms == null) {
            throw context.wrong(
                    "Nothing to change: name --folder, --any-folder, --[no-]dot-files or --[no-]legacy-algorithms");
        }
        return context.with(services -> {
            ManagedRemotes remotes = services.remotes(context.principal());
            Remote remote = remotes.changeable(name);
            GivenOptions given = new GivenOptions(context);
            if (folders != null) {
                GivenOptions _ = given.list("folders", "--folder", folders);
            }
            Remote changed = remote.withPlaces(
                            anyFolder ? List.of() : folders == null ? remote.folders() : folders,
                            dotFiles == null ? remote.dotFiles() : dotFiles)
                    .withLegacyAlgorithms(legacyAlgorithms == null ? remote.legacyAlgorithms() : legacyAlgorithms);
            given.check(RemoteRules.check(changed));
            show(context, remotes.put(changed));
        });
    }

    private static void show(CommandContext context, Remote remote) {
        context.print(RemoteView.text(remote, false), RemoteView.json(remote, false));
    }

    /** The keys that a server presents, if the user confirms them at a terminal. */
    private static List<String> confirmed(CommandContext context, Services services, String host, int port)
            throws IOException, ManagementException, RemoteException {
        List<String> keys = services.connections(context.principal()).hostKeys(host, port);
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
            ManagedRemotes remotes = services.remotes(context.principal());
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
                        JsonWords.of(remote.mode()));
                json.add(RemoteView.json(remote, configured));
            }
            context.print(table.toString(), json);
        });
    }

    @Command(name = "show", description = "Shows a remote.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            ManagedRemotes remotes = services.remotes(context.principal());
            Remote remote = remotes.find(name);
            boolean configured = remotes.isConfigured(name);
            context.print(RemoteView.text(remote, configured), RemoteView.json(remote, configured));
        });
    }

    @Command(
            name = "test",
            description = {
                "Logs in to a remote and tests what pushes need there: channels, folders, space and tools. Shows which mode auto"
                        + " chooses.",
                "Small files are written into the folders of the remote, and removed."
            },
            mixinStandardHelpOptions = true)
    int test(@Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            RemoteConnections.Test test;
            try {
                test = services.connections(context.principal()).test(name);
            } catch (RemoteException e) {
                throw new IOException(advice(e, name), e);
            }
            Capabilities found = test.report().capabilities();
            AutoMode auto = test.auto();
            List<String> tools = found.tools().stream().sorted().toList();
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("remote", name);
            json.put("shell", found.shell());
            json.put("tools", tools);
            json.put("extensions", found.extensions().stream().sorted().toList());
            json.put("auto", JsonWords.of(auto.mode()));
            json.put("reason", auto.reason());
            json.put(
                    "checks",
                    test.report().checks().stream()
                            .map(check -> Map.of(
                                    "name",
                                    check.name(),
                                    "result",
                                    JsonWords.of(check.result()),
                                    "detail",
                                    check.detail()))
                            .toList());
            Table table = new Table("CHECK", "RESULT", "DETAIL");
            for (RemoteCheck check : test.report().checks()) {
                table.add(check.name(), JsonWords.of(check.result()), PlainText.line(check.detail()));
            }
            context.print(
                    name + ": login successful; shell: " + (found.shell() ? "yes" : "no") + ", tools: "
                            + (tools.isEmpty() ? "none" : String.join(", ", tools)) + System.lineSeparator()
                            + "mode auto chooses " + JsonWords.of(auto.mode()) + ": " + PlainText.line(auto.reason())
                            + (test.report().checks().isEmpty() ? "" : System.lineSeparator() + table),
                    json);
        });
    }

    private static String advice(RemoteException e, String name) {
        String next = switch (e.failure()) {
            case HOST_KEY -> "; slipway remote trust " + name + " shows its current key";
            case AUTHENTICATION -> "; slipway remote add " + name + " sets other credentials";
            case UNREACHABLE,
                    NOT_ACCEPTED,
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
            ManagedRemotes remotes = services.remotes(context.principal());
            Remote remote = remotes.changeable(name);
            List<String> keys = hostKeys == null || hostKeys.isEmpty()
                    ? confirmed(context, services, remote.host(), remote.port())
                    : hostKeys;
            Remote changed = remote.withHostKeys(keys);
            new GivenOptions(context).list("hostKeys", "--host-key", keys).check(RemoteRules.check(changed));
            show(context, remotes.put(changed));
        });
    }

    @Command(name = "remove", description = "Removes a remote.", mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "REMOTE", description = "The remote.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            services.remotes(context.principal()).remove(name);
            context.printDone("removed " + name, "removed", name);
        });
    }
}

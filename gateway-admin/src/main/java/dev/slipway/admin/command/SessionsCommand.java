package dev.slipway.admin.command;

import dev.slipway.core.account.AccountSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Who is logged in. */
@Command(
        name = "sessions",
        description = "Lists and disconnects the sessions of this gateway.",
        mixinStandardHelpOptions = true)
final class SessionsCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing subcommand: slipway sessions list or disconnect");
    }

    @Command(name = "list", description = "Lists them, oldest first.", mixinStandardHelpOptions = true)
    int list(
            @Mixin CommandContext context,
            @Option(names = "--account", paramLabel = "NAME", description = "Only those of this account.") @Nullable
                    String account)
            throws IOException {
        return context.with(services -> {
            List<AccountSession> sessions = services.sessions().list().stream()
                    .filter(session ->
                            account == null || session.client().account().equals(account))
                    .toList();
            context.print(
                    table(sessions),
                    sessions.stream().map(SessionsCommand::json).toList());
        });
    }

    private static String table(List<AccountSession> sessions) {
        Table table = new Table("ID", "SINCE", "PROTOCOL", "ADDRESS", "ACCOUNT");
        sessions.forEach(session -> table.add(
                session.client().session(),
                Table.time(session.since()),
                protocol(session),
                session.client().address().getHostAddress(),
                session.client().account()));
        return table.toString();
    }

    private static String protocol(AccountSession session) {
        return session.use().name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> json(AccountSession session) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", session.client().session());
        json.put("since", session.since());
        json.put("protocol", protocol(session));
        json.put("address", session.client().address().getHostAddress());
        json.put("account", session.client().account());
        return json;
    }

    @Command(
            name = "disconnect",
            description = {
                "Disconnects sessions. Their uploads are interrupted, or aborted if they cannot be resumed.",
                "To keep an account out, disable it: slipway account set NAME --disable"
            },
            mixinStandardHelpOptions = true)
    int disconnect(
            @Parameters(arity = "0..*", paramLabel = "SESSION", description = "ID, as shown by list.") @Nullable
                    List<String> ids,
            @Mixin CommandContext context,
            @Option(names = "--account", paramLabel = "NAME", description = "All of this account.") @Nullable
                    String account)
            throws IOException {
        List<String> wanted = ids == null ? List.of() : ids;
        if (wanted.isEmpty() == (account == null)) {
            throw context.wrong("Name IDs, as shown by slipway sessions list, or --account");
        }
        return context.with(services -> {
            List<String> ended = new ArrayList<>();
            List<AccountSession> meant = services.sessions().list().stream()
                    .filter(session -> account == null
                            ? wanted.contains(session.client().session())
                            : session.client().account().equals(account))
                    .toList();
            meant.forEach(session -> ended.add(session.client().session()));
            context.print("disconnected " + ended.size() + " sessions", Map.of("disconnected", ended));
            // Last, since one of them may be the caller's own.
            meant.forEach(AccountSession::disconnect);
            List<String> missing = new ArrayList<>(wanted);
            missing.removeAll(ended);
            if (!missing.isEmpty()) {
                throw new IOException("no such session: " + String.join(", ", missing));
            }
        });
    }
}

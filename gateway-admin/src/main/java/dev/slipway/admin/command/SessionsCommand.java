package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedSessions;
import dev.slipway.core.account.AccountSession;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Who is logged in. */
@Command(
        name = "sessions",
        description = "Lists and disconnects the sessions of this gateway.",
        mixinStandardHelpOptions = true)
final class SessionsCommand extends CommandGroup {
    SessionsCommand() {
        super("list or disconnect");
    }

    @Command(name = "list", description = "Lists them, oldest first.", mixinStandardHelpOptions = true)
    int list(
            @Mixin CommandContext context,
            @Option(names = "--account", paramLabel = "NAME", description = "Only those of this account.") @Nullable
                    String account)
            throws IOException {
        return context.with(services -> {
            List<AccountSession> sessions =
                    services.sessions(context.principal()).list(account);
            context.print(
                    table(sessions), sessions.stream().map(ResourceJson::of).toList());
        });
    }

    private static String table(List<AccountSession> sessions) {
        Table table = new Table("ID", "SINCE", "PROTOCOL", "ADDRESS", "ACCOUNT");
        sessions.forEach(session -> table.add(
                session.client().session(),
                Table.time(session.since()),
                JsonWords.of(session.use()),
                session.client().address().getHostAddress(),
                session.client().account()));
        return table.toString();
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
            ManagedSessions sessions = services.sessions(context.principal());
            List<AccountSession> meant = account == null ? sessions.find(wanted) : sessions.list(account);
            List<String> ended =
                    meant.stream().map(session -> session.client().session()).toList();
            context.print("disconnected " + ended.size() + " sessions", Map.of("disconnected", ended));
            // Last, since one of them may be the caller's own.
            sessions.disconnect(meant);
            ManagedSessions.requireAll(wanted, meant);
        });
    }
}

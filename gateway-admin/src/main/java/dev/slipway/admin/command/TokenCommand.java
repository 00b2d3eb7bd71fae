package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedTokens;
import dev.slipway.admin.management.TokenDefinition;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.Role;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tokens of the HTTP API. */
@Command(
        name = "token",
        description = "Adds, lists and removes tokens of the HTTP API.",
        mixinStandardHelpOptions = true)
final class TokenCommand extends CommandGroup {
    TokenCommand() {
        super("add, list or remove");
    }

    @Command(
            name = "add",
            description = {
                "Creates a token and prints it. It is not shown again.",
                "Programs send it in the header Authorization: Bearer TOKEN.",
                "A token added over SSH is accepted as long as its administrator could log in."
            },
            mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME", description = "Name of the token.") String name,
            @Mixin CommandContext context,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            required = true,
                            description =
                                    "Role: viewer (read only), operator (also push files, control jobs, end sessions,"
                                            + " discard uploads) or admin (also change remotes, accounts and tokens).")
                    Role role,
            @Option(
                            names = "--expires",
                            paramLabel = "TIME",
                            description = "Expiry date; the token is rejected from then on: 2030-01-31 (at 00:00 UTC),"
                                    + " 2030-01-31T18:00:00Z, or never. Default: never")
                    @Nullable
                    String expires)
            throws IOException {
        GivenOptions given = new GivenOptions(context)
                .text("name", "NAME", name)
                .text("role", "--role", JsonWords.of(role))
                .text("expires", "--expires", expires, "never");
        return context.with(opened -> {
            ManagedTokens tokens = opened.tokens(context.principal(), Clock.systemUTC());
            JsonBody body = given.body();
            TokenDefinition definition = body.read(TokenDefinition.class);
            given.check(body.problems(tokens.problems(definition)));
            ManagedTokens.Added added = tokens.add(definition);
            Map<String, @Nullable Object> json = json(added.token());
            json.put("token", added.secret());
            context.print(added.secret(), json);
        });
    }

    private static Map<String, @Nullable Object> json(ApiToken token) {
        return ResourceJson.of(token, Instant.now());
    }

    @Command(
            name = "list",
            description = "Lists all tokens by name, including expired ones.",
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(opened -> {
            List<ApiToken> tokens =
                    opened.tokens(context.principal(), Clock.systemUTC()).list();
            context.print(table(tokens), tokens.stream().map(TokenCommand::json).toList());
        });
    }

    private static String table(List<ApiToken> tokens) {
        Table table = new Table("NAME", "ROLE", "CREATED", "EXPIRES", "LAST USED", "ACCOUNT");
        tokens.forEach(token -> table.add(
                token.name(),
                JsonWords.of(token.role()),
                token.created().toString(),
                time(token.expires()),
                time(token.lastUsed()),
                token.owner() == null ? "" : token.owner().account()));
        return table.toString();
    }

    private static String time(@Nullable Instant time) {
        return time == null ? "never" : time.toString();
    }

    @Command(
            name = "remove",
            description = "Removes a token. It is rejected from now on.",
            mixinStandardHelpOptions = true)
    int remove(@Parameters(paramLabel = "NAME", description = "The token.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(opened -> {
            opened.tokens(context.principal(), Clock.systemUTC()).remove(name);
            context.printDone("removed " + name, "removed", name);
        });
    }
}

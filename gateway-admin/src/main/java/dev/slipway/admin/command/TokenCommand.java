package dev.slipway.admin.command;

import dev.slipway.core.NameRule;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.Role;
import dev.slipway.core.unit.Expiry;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

/** Tokens of the HTTP API. */
@Command(
        name = "token",
        description = "Adds, lists and removes tokens of the HTTP API.",
        mixinStandardHelpOptions = true)
final class TokenCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing subcommand: slipway token add, list or remove");
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
        if (!NameRule.TOKEN.accepts(name)) {
            throw context.wrong("NAME '" + name + "': expected " + NameRule.TOKEN.expected());
        }
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        ApiToken token = new ApiToken(
                name,
                role,
                now,
                expires(context, expires, now),
                null,
                context.caller().tokenOwner());
        return context.with(opened -> {
            String secret = ApiToken.newSecret();
            if (!opened.tokens().add(token, secret)) {
                throw new IOException(
                        "the token '" + name + "' already exists; slipway token remove " + name + " removes it");
            }
            Map<String, @Nullable Object> json = json(token);
            json.put("token", secret);
            context.print(secret, json);
        });
    }

    private static @Nullable Instant expires(CommandContext context, @Nullable String text, Instant now) {
        if (text == null || text.equals("never")) {
            return null;
        }
        try {
            Instant expires = Expiry.parse(text);
            if (!expires.isAfter(now)) {
                throw context.wrong("--expires '" + text + "' is in the past");
            }
            return expires;
        } catch (IllegalArgumentException e) {
            throw context.wrong("--expires '" + text + "': expected " + e.getMessage() + ", or never");
        }
    }

    private static Map<String, @Nullable Object> json(ApiToken token) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", token.name());
        json.put("role", token.role().name().toLowerCase(Locale.ROOT));
        json.put("created", token.created());
        json.put("expires", token.expires());
        json.put("lastUsed", token.lastUsed());
        json.put("account", token.owner() == null ? null : token.owner().account());
        json.put("inForce", token.isInForce(Instant.now()));
        return json;
    }

    @Command(
            name = "list",
            description = "Lists all tokens by name, including expired ones.",
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(opened -> {
            List<ApiToken> tokens = opened.tokens().read();
            context.print(table(tokens), tokens.stream().map(TokenCommand::json).toList());
        });
    }

    private static String table(List<ApiToken> tokens) {
        List<String> lines = new ArrayList<>();
        lines.add(line("NAME", "ROLE", "CREATED", "EXPIRES", "LAST USED", "ACCOUNT"));
        for (ApiToken token : tokens) {
            lines.add(line(
                    token.name(),
                    token.role().name().toLowerCase(Locale.ROOT),
                    token.created().toString(),
                    time(token.expires()),
                    time(token.lastUsed()),
                    token.owner() == null ? "" : token.owner().account()));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String time(@Nullable Instant time) {
        return time == null ? "never" : time.toString();
    }

    private static String line(
            String name, String role, String created, String expires, String lastUsed, String account) {
        return String.format("%-20s  %-8s  %-20s  %-20s  %-20s  %s", name, role, created, expires, lastUsed, account)
                .stripTrailing();
    }

    @Command(
            name = "remove",
            description = "Removes a token. It is rejected from now on.",
            mixinStandardHelpOptions = true)
    int remove(@Parameters(paramLabel = "NAME", description = "The token.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(opened -> {
            if (!opened.tokens().remove(name)) {
                throw new IOException("no such token: '" + name + "'; slipway token list shows all");
            }
            context.printDone("removed " + name, "removed", name);
        });
    }
}

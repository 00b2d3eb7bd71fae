package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagementException;
import dev.slipway.core.account.Account;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** How much accounts with a quota have stored. */
@Command(
        name = "quota",
        description = {
            "Shows how much accounts with a quota have stored, and starts recounts.",
            "Quotas are set with: slipway account set NAME --quota-bytes SIZE --quota-files N"
        },
        mixinStandardHelpOptions = true)
final class QuotaCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing subcommand: slipway quota show or recount");
    }

    private static List<String> cells(AccountUsage usage) {
        return List.of(
                usage.account().name(),
                Long.toString(usage.bytes()),
                new SizeLimit(usage.limits().quotaBytes()).toString(),
                Long.toString(usage.files()),
                new CountLimit(usage.limits().quotaFiles()).toString(),
                usage.counted() == null ? "not yet" : usage.counted().toString());
    }

    @Command(
            name = "show",
            description = {
                "Shows how much accounts with a quota have stored, as of about a second ago.",
                "COUNTED is the time of the last full count; changes through the gateway since then are included."
            },
            mixinStandardHelpOptions = true)
    int show(
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "Accounts. Default: all that have a quota.")
                    @Nullable
                    List<String> names,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(opened -> {
            List<AccountUsage> usages = AccountUsage.of(opened, accounts(opened, names));
            context.print(table(usages), usages.stream().map(AccountUsage::json).toList());
        });
    }

    private static String table(List<AccountUsage> usages) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ACCOUNT", "BYTES", "OF", "FILES", "OF", "COUNTED"));
        usages.forEach(usage -> rows.add(cells(usage)));
        int widest =
                rows.stream().mapToInt(row -> row.getFirst().length()).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            lines.add(String.format("%-" + widest + "s  %15s  %10s  %10s  %10s  %s", row.toArray()));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static List<Account> accounts(Services opened, @Nullable List<String> names)
            throws IOException, ManagementException {
        if (names == null || names.isEmpty()) {
            return AccountUsage.accounts(opened);
        }
        List<Account> accounts = new ArrayList<>();
        for (String name : names) {
            accounts.add(AccountUsage.account(opened, name));
        }
        return accounts;
    }

    @Command(
            name = "recount",
            description = {
                "Recounts what accounts have stored, by listing it. Use it after other programs have changed the"
                        + " bucket.",
                "A running gateway starts within seconds; otherwise the count starts with the gateway."
            },
            mixinStandardHelpOptions = true)
    int recount(
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "Accounts. Default: all that have a quota.")
                    @Nullable
                    List<String> names,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(opened -> {
            List<Account> accounts = accounts(opened, names);
            AccountUsage.wantRecount(opened, accounts);
            List<String> asked = accounts.stream().map(Account::name).toList();
            context.print(
                    "recount requested: " + (asked.isEmpty() ? "no account has a quota" : String.join(", ", asked)),
                    Map.of("recount", asked));
        });
    }
}

package dev.slipway.admin.command;

import dev.slipway.admin.management.AccountUsage;
import dev.slipway.admin.management.ManagedQuotas;
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
import picocli.CommandLine.Parameters;

/** How much accounts with a quota have stored. */
@Command(
        name = "quota",
        description = {
            "Shows how much accounts with a quota have stored, and starts recounts.",
            "Quotas are set with: slipway account set NAME --quota-bytes SIZE --quota-files N"
        },
        mixinStandardHelpOptions = true)
final class QuotaCommand extends CommandGroup {
    QuotaCommand() {
        super("show or recount");
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
            ManagedQuotas quotas = opened.quotas(context.principal());
            List<AccountUsage> usages = quotas.usage(accounts(quotas, names));
            context.print(table(usages), usages.stream().map(ResourceJson::of).toList());
        });
    }

    private static String table(List<AccountUsage> usages) {
        Table table = new Table("ACCOUNT", "BYTES", "OF", "FILES", "OF", "COUNTED");
        usages.forEach(usage -> table.add(
                usage.account().name(),
                Long.toString(usage.bytes()),
                new SizeLimit(usage.limits().quotaBytes()).toString(),
                Long.toString(usage.files()),
                new CountLimit(usage.limits().quotaFiles()).toString(),
                usage.counted() == null ? "not yet" : usage.counted().toString()));
        return table.toString();
    }

    private static List<Account> accounts(ManagedQuotas quotas, @Nullable List<String> names)
            throws ManagementException {
        if (names == null || names.isEmpty()) {
            return quotas.accounts();
        }
        List<Account> accounts = new ArrayList<>();
        for (String name : names) {
            accounts.add(quotas.account(name));
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
            ManagedQuotas quotas = opened.quotas(context.principal());
            List<Account> accounts = accounts(quotas, names);
            quotas.recount(accounts);
            List<String> asked = accounts.stream().map(Account::name).toList();
            context.print(
                    "recount requested: " + (asked.isEmpty() ? "no account has a quota" : String.join(", ", asked)),
                    Map.of("recount", asked));
        });
    }
}

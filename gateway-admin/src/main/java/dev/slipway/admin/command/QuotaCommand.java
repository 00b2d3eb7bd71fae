package dev.slipway.admin.command;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.quota.StorageQuotas;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Total;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
            "Shows how much accounts with a quota have stored, and has it counted anew.",
            "Quotas are set with: slipway account set NAME --quota-bytes SIZE --quota-files N"
        },
        mixinStandardHelpOptions = true)
final class QuotaCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which one? slipway quota show or recount");
    }

    /** What is known of an account; all of its areas together. */
    private record Usage(
            Account account,
            AccountLimits limits,
            long bytes,
            long files,
            @Nullable Instant counted) {
        static Usage of(Account account, AccountLimits limits, List<Total> totals) {
            long bytes = 0;
            long files = 0;
            Instant oldest = Instant.MAX;
            for (Area area : StorageQuotas.areas(account)) {
                Instant counted = null;
                for (Total total : totals) {
                    if (total.area().equals(area)) {
                        bytes += total.bytes();
                        files += total.files();
                        counted = total.counted();
                    }
                }
                oldest = counted == null ? Instant.MIN : counted.isBefore(oldest) ? counted : oldest;
            }
            boolean known = oldest.isAfter(Instant.MIN) && oldest.isBefore(Instant.MAX);
            return new Usage(account, limits, bytes, files, known ? oldest : null);
        }

        List<String> cells() {
            return List.of(
                    account.name(),
                    Long.toString(bytes),
                    new SizeLimit(limits.quotaBytes()).toString(),
                    Long.toString(files),
                    new CountLimit(limits.quotaFiles()).toString(),
                    counted == null ? "not yet" : counted.toString());
        }

        Map<String, @Nullable Object> json() {
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("account", account.name());
            json.put("bytes", bytes);
            json.put("quotaBytes", orNull(limits.quotaBytes()));
            json.put("files", files);
            json.put("quotaFiles", orNull(limits.quotaFiles()));
            json.put("counted", counted);
            return json;
        }

        private static @Nullable Long orNull(long limit) {
            return limit == AccountLimits.NONE ? null : (Long) limit;
        }
    }

    @Command(
            name = "show",
            description = {
                "Shows what accounts with a quota have stored, as of about a second ago.",
                "COUNTED is when the store was last asked; what came and went through the gateway since is in the numbers."
            },
            mixinStandardHelpOptions = true)
    int show(
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "Which accounts. Default: all with a quota.")
                    @Nullable
                    List<String> names,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(opened -> {
            List<Total> totals = opened.usage().read();
            List<Usage> usages = new ArrayList<>();
            for (Account account : accounts(opened, names)) {
                usages.add(Usage.of(account, account.limits().orElse(opened.defaults()), totals));
            }
            context.print(table(usages), usages.stream().map(Usage::json).toList());
        });
    }

    private static String table(List<Usage> usages) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ACCOUNT", "BYTES", "OF", "FILES", "OF", "COUNTED"));
        usages.forEach(usage -> rows.add(usage.cells()));
        int widest =
                rows.stream().mapToInt(row -> row.getFirst().length()).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            lines.add(String.format("%-" + widest + "s  %15s  %10s  %10s  %10s  %s", row.toArray()));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static List<Account> accounts(Services opened, @Nullable List<String> names) throws IOException {
        List<Account> accounts = new ArrayList<>();
        if (names == null || names.isEmpty()) {
            for (AccountView view : opened.all()) {
                Account account = view.entry().account();
                if (account.limits().orElse(opened.defaults()).hasQuota()) {
                    accounts.add(account);
                }
            }
            return accounts;
        }
        for (String name : names) {
            Account account = opened.find(name).entry().account();
            if (!account.limits().orElse(opened.defaults()).hasQuota()) {
                throw new IOException("the account '" + name + "' has no quota: what it stores is not counted");
            }
            accounts.add(account);
        }
        return accounts;
    }

    @Command(
            name = "recount",
            description = {
                "Has what accounts have stored counted anew, by listing it: for when others changed the bucket.",
                "A running gateway begins within seconds, another one when it is started."
            },
            mixinStandardHelpOptions = true)
    int recount(
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "Which accounts. Default: all with a quota.")
                    @Nullable
                    List<String> names,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(opened -> {
            List<Account> accounts = accounts(opened, names);
            Set<Area> areas = new HashSet<>();
            accounts.forEach(account -> areas.addAll(StorageQuotas.areas(account)));
            opened.usage().wantRecount(areas);
            List<String> asked = accounts.stream().map(Account::name).toList();
            context.print(
                    "a count was asked for: " + (asked.isEmpty() ? "no account has a quota" : String.join(", ", asked)),
                    Map.of("recount", asked));
        });
    }
}

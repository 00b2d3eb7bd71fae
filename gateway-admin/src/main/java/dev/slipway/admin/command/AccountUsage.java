package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagementException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.quota.StorageQuotas;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Total;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The usage of an account with a quota, over all its areas.
 *
 * @param bytes as of about a second ago
 * @param files likewise
 * @param counted time of the last full count; null if there was none
 */
public record AccountUsage(
        Account account,
        AccountLimits limits,
        long bytes,
        long files,
        @Nullable Instant counted) {
    /** The accounts that have a quota, by name. Blocks for the database. */
    public static List<Account> accounts(Services services) {
        return services.accounts().all().stream()
                .map(account -> account.entry().account())
                .filter(account -> hasQuota(services, account))
                .toList();
    }

    /**
     * An account with a quota. Blocks for the database.
     *
     * @throws ManagementException there is no such account
     * @throws IOException it has no quota
     */
    public static Account account(Services services, String name) throws IOException, ManagementException {
        Account account = services.accounts().find(name).entry().account();
        if (!hasQuota(services, account)) {
            throw new IOException("the account '" + name + "' has no quota, so its files are not counted");
        }
        return account;
    }

    private static boolean hasQuota(Services services, Account account) {
        return account.limits().orElse(services.defaults()).hasQuota();
    }

    /** The usage of accounts. Blocks for the database. */
    public static List<AccountUsage> of(Services services, Collection<Account> accounts) {
        List<Total> totals = services.usage().read();
        return accounts.stream()
                .map(account -> of(account, account.limits().orElse(services.defaults()), totals))
                .toList();
    }

    private static AccountUsage of(Account account, AccountLimits limits, List<Total> totals) {
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
        return new AccountUsage(account, limits, bytes, files, known ? oldest : null);
    }

    /** Requests a recount, which the gateway starts within seconds. Blocks for the database. */
    public static void wantRecount(Services services, Collection<Account> accounts) {
        Set<Area> areas = new HashSet<>();
        accounts.forEach(account -> areas.addAll(StorageQuotas.areas(account)));
        services.usage().wantRecount(areas);
    }

    /** For programs; null if there is no limit. */
    public Map<String, @Nullable Object> json() {
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

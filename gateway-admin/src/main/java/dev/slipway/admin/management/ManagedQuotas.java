package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.quota.StorageQuotas;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Total;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How much accounts with a quota have stored. All calls block for the database and may come from any thread. */
public final class ManagedQuotas {
    private final Accounts accounts;
    private final UsageTable usage;
    private final AccountLimits defaults;
    private final Principal principal;

    ManagedQuotas(Accounts accounts, UsageTable usage, AccountLimits defaults, Principal principal) {
        this.accounts = accounts;
        this.usage = usage;
        this.defaults = defaults;
        this.principal = principal;
    }

    /** The accounts that have a quota, by name. */
    public List<Account> accounts() throws ManagementException {
        return accounts.all().stream()
                .map(account -> account.entry().account())
                .filter(this::hasQuota)
                .toList();
    }

    /**
     * An account with a quota.
     *
     * @throws ManagementException there is no such account, or it has no quota
     */
    public Account account(String name) throws ManagementException {
        Account account = accounts.find(name).entry().account();
        if (!hasQuota(account)) {
            throw new ManagementException(
                    Reason.NO_QUOTA, "the account '" + name + "' has no quota, so its files are not counted");
        }
        return account;
    }

    private boolean hasQuota(Account account) {
        return account.limits().orElse(defaults).hasQuota();
    }

    /** The usage of accounts. */
    public List<AccountUsage> usage(Collection<Account> wanted) {
        List<Total> totals = usage.read();
        return wanted.stream()
                .map(account -> usage(account, account.limits().orElse(defaults), totals))
                .toList();
    }

    private static AccountUsage usage(Account account, AccountLimits limits, List<Total> totals) {
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

    /** Requests a recount, which the gateway starts within seconds. */
    public void recount(Collection<Account> wanted) throws ManagementException {
        principal.require(Right.RECOUNT);
        Set<Area> areas = new HashSet<>();
        wanted.forEach(account -> areas.addAll(StorageQuotas.areas(account)));
        usage.wantRecount(areas);
    }
}

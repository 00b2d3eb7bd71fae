package dev.slipway.admin.api;

import dev.slipway.admin.command.AccountUsage;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How much accounts with a quota have stored. */
final class QuotaResources {
    private final ApiServices services;

    QuotaResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/quotas", Role.VIEWER, Set.of("account"), this::list),
                new Route("POST", "/quotas/recount", Role.OPERATOR, Set.of(), this::recount));
    }

    private ApiResponse list(ApiRequest request) {
        String wanted = request.query().get("account");
        List<Account> accounts = AccountUsage.accounts(services.services()).stream()
                .filter(account -> wanted == null || account.name().equals(wanted))
                .toList();
        return ApiResponse.ok(Map.of(
                "quotas",
                AccountUsage.of(services.services(), accounts).stream()
                        .map(AccountUsage::json)
                        .toList()));
    }

    private ApiResponse recount(ApiRequest request) {
        Input body = request.body();
        List<Account> accounts = new ArrayList<>(body.parsedList("accounts", "accounts with a quota", this::find));
        boolean all = !body.has("accounts") || body.isNull("accounts");
        body.check();
        if (all) {
            accounts.addAll(AccountUsage.accounts(services.services()));
        }
        AccountUsage.wantRecount(services.services(), accounts);
        return ApiResponse.accepted(
                Routes.BASE + "/quotas",
                Map.of("recount", accounts.stream().map(Account::name).toList()));
    }

    private Account find(String name) {
        try {
            return AccountUsage.account(services.services(), name);
        } catch (IOException | ManagementException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}

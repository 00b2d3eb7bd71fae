package dev.slipway.admin.api;

import dev.slipway.admin.command.ResourceJson;
import dev.slipway.admin.management.ManagedQuotas;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.account.Account;
import dev.slipway.transfer.json.JsonBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How much accounts with a quota have stored. */
final class QuotaResources {
    private final ApiServices services;

    private record RecountQuery(@Nullable List<String> accounts) {}

    QuotaResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/quotas", Right.SEE, Set.of("account"), this::list),
                new Route("POST", "/quotas/recount", Right.RECOUNT, Set.of(), this::recount));
    }

    private ManagedQuotas quotas(ApiRequest request) {
        return services.services().quotas(request.caller());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        ManagedQuotas quotas = quotas(request);
        String wanted = request.query().get("account");
        List<Account> accounts = quotas.accounts().stream()
                .filter(account -> wanted == null || account.name().equals(wanted))
                .toList();
        return ApiResponse.ok(Map.of(
                "quotas", quotas.usage(accounts).stream().map(ResourceJson::of).toList()));
    }

    private ApiResponse recount(ApiRequest request) throws ManagementException {
        ManagedQuotas quotas = quotas(request);
        JsonBody body = request.body();
        List<String> names = body.read(RecountQuery.class).accounts();
        List<Account> accounts = new ArrayList<>(names == null ? quotas.accounts() : List.of());
        List<FieldProblem> problems = new ArrayList<>();
        for (int i = 0; names != null && i < names.size(); i++) {
            try {
                accounts.add(quotas.account(names.get(i)));
            } catch (ManagementException e) {
                problems.add(new FieldProblem(
                        "accounts[" + i + "]", String.valueOf(e.getMessage()), "accounts with a quota"));
            }
        }
        body.check(problems);
        quotas.recount(accounts);
        return ApiResponse.accepted(
                Routes.BASE + "/quotas",
                Map.of("recount", accounts.stream().map(Account::name).toList()));
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.command.AccountView;
import dev.slipway.admin.management.Accounts;
import dev.slipway.admin.management.ManagedAccount;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.json.JsonBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Accounts: those in the configuration can be read, those in the state database changed too. */
final class AccountResources {
    private final ApiServices services;

    /** What a new account logs in with. */
    private record Proofs(@Nullable String password, List<String> keys) {
        /** Without the password. */
        @Override
        public String toString() {
            return "proofs";
        }
    }

    private record NewPassword(@Expected("the new password") String password) {
        /** Without the password. */
        @Override
        public String toString() {
            return "password";
        }
    }

    private record NewKey(@Expected(Accounts.KEY) String key) {}

    AccountResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/accounts", Right.SEE, none, this::list),
                new Route("POST", "/accounts", Right.CHANGE_ACCOUNTS, none, this::create),
                new Route("GET", "/accounts/{name}", Right.SEE, none, this::show),
                new Route("PATCH", "/accounts/{name}", Right.CHANGE_ACCOUNTS, none, this::change),
                new Route("DELETE", "/accounts/{name}", Right.CHANGE_ACCOUNTS, none, this::remove),
                new Route("PUT", "/accounts/{name}/password", Right.CHANGE_ACCOUNTS, none, this::setPassword),
                new Route("DELETE", "/accounts/{name}/password", Right.CHANGE_ACCOUNTS, none, this::removePassword),
                new Route("POST", "/accounts/{name}/keys", Right.CHANGE_ACCOUNTS, none, this::addKey),
                new Route(
                        "DELETE", "/accounts/{name}/keys/{fingerprint}", Right.CHANGE_ACCOUNTS, none, this::removeKey));
    }

    private Accounts accounts(ApiRequest request) {
        return services.services().accounts(request.caller());
    }

    private static Map<String, @Nullable Object> json(ManagedAccount account) {
        return new AccountView(account).json();
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "accounts",
                accounts(request).all().stream().map(AccountResources::json).toList()));
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(json(accounts(request).find(request.name("name"))));
    }

    private ApiResponse create(ApiRequest request) throws ManagementException {
        Accounts accounts = accounts(request);
        JsonBody body = request.body();
        refuseNoMounts(body);
        AccountDefinition definition = body.read(AccountDefinition.class);
        Proofs proofs = body.read(Proofs.class);
        List<FieldProblem> problems = new ArrayList<>(accounts.problems(definition));
        PasswordHash password = null;
        try {
            password = proofs.password() == null
                    ? null
                    : Accounts.hash(proofs.password().toCharArray());
        } catch (InvalidFieldsException e) {
            problems.addAll(e.problems());
        }
        List<AuthorizedKey> keys = new ArrayList<>();
        for (int i = 0; i < proofs.keys().size(); i++) {
            try {
                keys.add(accounts.readKey("keys[" + i + "]", proofs.keys().get(i)));
            } catch (InvalidFieldsException e) {
                problems.addAll(e.problems());
            }
        }
        body.check(problems);
        ManagedAccount added = accounts.add(definition, password, keys);
        return ApiResponse.created(Routes.BASE + "/accounts/" + added.name(), json(added));
    }

    private ApiResponse change(ApiRequest request) throws ManagementException {
        Accounts accounts = accounts(request);
        AccountEntry before = accounts.changeable(request.name("name"));
        JsonBody body = request.body();
        body.refuse("name", "it cannot be changed", "a new account, and remove this one");
        refuseNoMounts(body);
        AccountDefinition changed = body.update(AccountDefinition.of(before));
        body.check(accounts.problems(changed, before));
        return ApiResponse.ok(json(accounts.change(before.name(), body::update)));
    }

    /** A program that writes unset fields as null must not give the account the whole default bucket. */
    private static void refuseNoMounts(JsonBody body) {
        body.refuseNull("mounts", "at least one mount");
    }

    private ApiResponse remove(ApiRequest request) throws ManagementException {
        accounts(request).remove(request.name("name"));
        return ApiResponse.nothing();
    }

    private ApiResponse setPassword(ApiRequest request) throws ManagementException {
        Accounts accounts = accounts(request);
        AccountEntry before = accounts.changeable(request.name("name"));
        JsonBody body = request.body();
        NewPassword given = body.read(NewPassword.class);
        body.check();
        ManagedAccount _ = accounts.setPassword(
                before.name(), Accounts.hash(given.password().toCharArray()));
        return ApiResponse.nothing();
    }

    private ApiResponse removePassword(ApiRequest request) throws ManagementException {
        ManagedAccount _ = accounts(request).setPassword(request.name("name"), null);
        return ApiResponse.nothing();
    }

    private ApiResponse addKey(ApiRequest request) throws ManagementException {
        Accounts accounts = accounts(request);
        AccountEntry before = accounts.changeable(request.name("name"));
        JsonBody body = request.body();
        NewKey given = body.read(NewKey.class);
        body.check();
        AuthorizedKey key = accounts.readKey("key", given.key());
        ManagedAccount _ = accounts.addKey(before.name(), key);
        return ApiResponse.of(201, ApiResponse.JSON, ApiJson.format(AccountView.key(key)));
    }

    private ApiResponse removeKey(ApiRequest request) throws ManagementException {
        ManagedAccount _ = accounts(request).removeKey(request.name("name"), request.name("fingerprint"));
        return ApiResponse.nothing();
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.command.AccountView;
import dev.slipway.admin.management.Accounts;
import dev.slipway.admin.management.ManagedAccount;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.core.NameRule;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Role;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Accounts: those in the configuration can be read, those in the state database changed too. */
final class AccountResources {
    private static final String KEY = "the line of a .pub file: type, Base64 and comment";

    private final Accounts accounts;

    AccountResources(ApiServices services) {
        accounts = services.accounts();
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/accounts", Role.VIEWER, none, _ -> list()),
                new Route("POST", "/accounts", Role.ADMIN, none, this::create),
                new Route("GET", "/accounts/{name}", Role.VIEWER, none, request -> show(request.name("name"))),
                new Route("PATCH", "/accounts/{name}", Role.ADMIN, none, this::change),
                new Route("DELETE", "/accounts/{name}", Role.ADMIN, none, this::remove),
                new Route("PUT", "/accounts/{name}/password", Role.ADMIN, none, this::setPassword),
                new Route("DELETE", "/accounts/{name}/password", Role.ADMIN, none, this::removePassword),
                new Route("POST", "/accounts/{name}/keys", Role.ADMIN, none, this::addKey),
                new Route("DELETE", "/accounts/{name}/keys/{fingerprint}", Role.ADMIN, none, this::removeKey));
    }

    private static Map<String, @Nullable Object> json(ManagedAccount account) {
        return new AccountView(account).json();
    }

    private ApiResponse list() {
        return ApiResponse.ok(Map.of(
                "accounts", accounts.all().stream().map(AccountResources::json).toList()));
    }

    private ApiResponse show(String name) throws ManagementException {
        return ApiResponse.ok(json(accounts.find(name)));
    }

    private ApiResponse create(ApiRequest request) throws ManagementException {
        Input body = request.body();
        String name = body.requiredText("name", NameRule.ACCOUNT.expected());
        boolean valid = NameRule.ACCOUNT.accepts(name);
        if (!name.isBlank() && !valid) {
            body.refuse("name", "'" + name + "' is not valid", NameRule.ACCOUNT.expected());
        }
        if (!body.has("mounts") && !accounts.hasDefaultMount()) {
            body.refuse("mounts", "it is missing, and the configuration has no s3.bucket", "at least one mount");
        }
        AccountEntry described = AccountJson.change(accounts.template(valid ? name : "invalid"), body);
        List<AuthorizedKey> keys = body.parsedList("keys", KEY, accounts::readKey);
        PasswordHash password = AccountJson.password(body);
        body.check();
        ManagedAccount added = accounts.add(described.withPassword(password).withKeys(keys));
        return ApiResponse.created(Routes.BASE + "/accounts/" + name, json(added));
    }

    private ApiResponse change(ApiRequest request) throws ManagementException {
        AccountEntry before = accounts.changeable(request.name("name"));
        Input body = request.body();
        AccountEntry _ = AccountJson.change(before, body);
        body.check();
        return ApiResponse.ok(json(accounts.change(before.name(), entry -> AccountJson.change(entry, body))));
    }

    private ApiResponse remove(ApiRequest request) throws ManagementException {
        accounts.remove(request.name("name"));
        return ApiResponse.nothing();
    }

    private ApiResponse setPassword(ApiRequest request) throws ManagementException {
        AccountEntry before = accounts.changeable(request.name("name"));
        Input body = request.body();
        PasswordHash password = AccountJson.password(body);
        if (!body.has("password") || body.isNull("password")) {
            body.refuse("password", "it is missing", "the new password");
        }
        body.check();
        ManagedAccount _ = accounts.change(before.name(), entry -> entry.withPassword(password));
        return ApiResponse.nothing();
    }

    private ApiResponse removePassword(ApiRequest request) throws ManagementException {
        ManagedAccount _ = accounts.change(request.name("name"), entry -> entry.withPassword(null));
        return ApiResponse.nothing();
    }

    private ApiResponse addKey(ApiRequest request) throws ManagementException {
        AccountEntry before = accounts.changeable(request.name("name"));
        Input body = request.body();
        AuthorizedKey key = body.parsed("key", KEY, accounts::readKey);
        if (!body.has("key")) {
            body.refuse("key", "it is missing", KEY);
        }
        body.check();
        if (key == null) {
            throw ProblemException.invalid(new FieldError("key", FieldError.Location.BODY, "it is null", KEY));
        }
        ManagedAccount _ = accounts.addKey(before.name(), key);
        return ApiResponse.of(201, ApiResponse.JSON, ApiJson.format(AccountJson.show(key)));
    }

    private ApiResponse removeKey(ApiRequest request) throws ManagementException {
        ManagedAccount _ = accounts.removeKey(request.name("name"), request.name("fingerprint"));
        return ApiResponse.nothing();
    }
}

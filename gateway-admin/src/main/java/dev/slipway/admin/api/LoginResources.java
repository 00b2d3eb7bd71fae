package dev.slipway.admin.api;

import dev.slipway.admin.management.Accounts;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Principal;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.json.JsonWords;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Logging in with an account, for browsers, and what an account may do about itself. */
final class LoginResources {
    private final ApiServices services;
    private final Callers callers;
    private final @Nullable FileSessions files;

    private record Claim(
            @Expected("the name of an account") String account,

            @Expected("its password") String password) {
        /** Without the password. */
        @Override
        public String toString() {
            return account;
        }
    }

    private record NewPassword(
            @Expected("the present password") String current,

            @Expected("the new password") String password) {
        /** Without the passwords. */
        @Override
        public String toString() {
            return "a new password";
        }
    }

    LoginResources(ApiServices services, Callers callers, @Nullable FileSessions files) {
        this.services = services;
        this.callers = callers;
        this.files = files;
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("POST", "/login", Access.PUBLIC, none, this::logIn),
                new Route("POST", "/logout", Access.AUTHENTICATED, none, this::logOut),
                new Route("GET", "/self", Access.AUTHENTICATED, none, this::self),
                new Route("PUT", "/self/password", Access.OWN, none, this::changePassword));
    }

    private ApiResponse logIn(ApiRequest request) {
        JsonBody body = request.body();
        Claim claim = body.read(Claim.class);
        body.check();
        request.claim().accept(claim.account());
        Callers.Caller caller = callers.logIn(claim.account(), claim.password().toCharArray(), request.address())
                .orElseThrow(LoginResources::refused);
        return ApiResponse.ok(json(caller))
                .with("Set-Cookie", callers.logins().cookie(Objects.requireNonNull(caller.login())));
    }

    private static ProblemException refused() {
        return new ProblemException(
                ProblemType.LOGIN_REFUSED,
                "the name or the password is wrong, the account may not log in here, or there were too many failed"
                        + " logins");
    }

    private static Map<String, @Nullable Object> json(Callers.Caller caller) {
        Principal principal = caller.principal();
        Logins.Login login = caller.login();
        Account account = caller.account();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", principal.name());
        json.put("role", principal.role() == null ? null : JsonWords.of(principal.role()));
        json.put("csrfToken", login == null ? null : login.csrfToken());
        json.put("ends", login == null ? null : login.ends());
        json.put(
                "permissions",
                account == null
                        ? null
                        : account.permissions().stream()
                                .sorted()
                                .map(JsonWords::of)
                                .toList());
        return json;
    }

    private ApiResponse logOut(ApiRequest request) {
        Callers.Caller sender = request.sender();
        Logins.Login login = sender == null ? null : sender.login();
        if (login == null) {
            throw ProblemException.conflict("a token cannot log out; remove it instead");
        }
        callers.logins().end(login);
        if (files != null) {
            files.end(login);
        }
        return ApiResponse.nothing().with("Set-Cookie", callers.logins().noCookie());
    }

    private ApiResponse self(ApiRequest request) {
        return ApiResponse.ok(json(Objects.requireNonNull(request.sender())));
    }

    /** All logins of the account end with its old password, this one included. */
    private ApiResponse changePassword(ApiRequest request) throws ManagementException {
        JsonBody body = request.body();
        NewPassword wanted = body.read(NewPassword.class);
        body.check();
        String name = request.caller().name();
        if (services.directory()
                .authenticateOverHttp(name, wanted.current().toCharArray(), request.address())
                .isEmpty()) {
            throw new ProblemException(
                    ProblemType.LOGIN_REFUSED, "the present password is wrong, or there were too many failed logins");
        }
        PasswordHash hash = Accounts.hash(wanted.password().toCharArray());
        services.services().accounts(request.caller()).setOwnPassword(hash);
        return ApiResponse.nothing().with("Set-Cookie", callers.logins().noCookie());
    }
}

package dev.slipway.admin.api;

import dev.slipway.core.account.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Logging in with an account, for browsers. */
final class LoginResources {
    private final Callers callers;

    LoginResources(Callers callers) {
        this.callers = callers;
    }

    List<Route> routes() {
        return List.of(
                new Route("POST", "/login", null, Set.of(), this::logIn),
                new Route("POST", "/logout", Role.VIEWER, Set.of(), this::logOut),
                new Route("GET", "/self", Role.VIEWER, Set.of(), this::self));
    }

    private ApiResponse logIn(ApiRequest request) {
        Input body = request.body();
        String account = body.requiredText("account", "the name of an account with the option admin");
        String password = body.requiredText("password", "its password");
        body.check();
        request.claim().accept(account);
        Logins.Login login = callers.logIn(account, password.toCharArray(), request.address())
                .orElseThrow(() -> new ProblemException(
                        ProblemType.LOGIN_REFUSED,
                        "the name or the password is wrong, the account is not an administrator, or there were too"
                                + " many failed logins"));
        return ApiResponse.ok(json(callers.principal(login), login))
                .with("Set-Cookie", callers.logins().cookie(login));
    }

    private static Map<String, @Nullable Object> json(Principal principal, Logins.@Nullable Login login) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", principal.name());
        json.put("role", Input.word(principal.role()));
        json.put("csrfToken", login == null ? null : login.csrfToken());
        json.put("ends", login == null ? null : login.ends());
        return json;
    }

    private ApiResponse logOut(ApiRequest request) {
        Logins.Login login = callers.login(request.headers(), request.address());
        if (!request.caller().session() || login == null) {
            throw ProblemException.conflict("a token cannot log out; remove it instead");
        }
        callers.logins().end(login);
        return ApiResponse.nothing().with("Set-Cookie", callers.logins().noCookie());
    }

    private ApiResponse self(ApiRequest request) {
        Principal caller = request.caller();
        return ApiResponse.ok(
                json(caller, caller.session() ? callers.login(request.headers(), request.address()) : null));
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.management.Principal;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.json.JsonWords;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Logging in with an account, for browsers. */
final class LoginResources {
    private final Callers callers;

    private record Claim(
            @Expected("the name of an account with the option admin")
            String account,

            @Expected("its password") String password) {
        /** Without the password. */
        @Override
        public String toString() {
            return account;
        }
    }

    LoginResources(Callers callers) {
        this.callers = callers;
    }

    List<Route> routes() {
        return List.of(
                new Route("POST", "/login", null, Set.of(), this::logIn),
                new Route("POST", "/logout", Right.SEE, Set.of(), this::logOut),
                new Route("GET", "/self", Right.SEE, Set.of(), this::self));
    }

    private ApiResponse logIn(ApiRequest request) {
        JsonBody body = request.body();
        Claim claim = body.read(Claim.class);
        body.check();
        request.claim().accept(claim.account());
        Logins.Login login = callers.logIn(claim.account(), claim.password().toCharArray(), request.address())
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
        json.put("role", principal.role() == null ? null : JsonWords.of(principal.role()));
        json.put("csrfToken", login == null ? null : login.csrfToken());
        json.put("ends", login == null ? null : login.ends());
        return json;
    }

    private ApiResponse logOut(ApiRequest request) {
        Logins.Login login = callers.login(request.headers(), request.address());
        if (!request.caller().isAccount() || login == null) {
            throw ProblemException.conflict("a token cannot log out; remove it instead");
        }
        callers.logins().end(login);
        return ApiResponse.nothing().with("Set-Cookie", callers.logins().noCookie());
    }

    private ApiResponse self(ApiRequest request) {
        Principal caller = request.caller();
        return ApiResponse.ok(
                json(caller, caller.isAccount() ? callers.login(request.headers(), request.address()) : null));
    }
}

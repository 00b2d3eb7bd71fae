package dev.slipway.admin.api;

import dev.slipway.core.NameRule;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.Role;
import dev.slipway.core.state.ApiTokenTable;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tokens of the API itself. */
final class TokenResources {
    private final ApiTokenTable tokens;
    private final Clock clock;

    TokenResources(ApiServices services, Clock clock) {
        tokens = new ApiTokenTable(services.database());
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/tokens", Role.ADMIN, Set.of(), _ -> list()),
                new Route("POST", "/tokens", Role.ADMIN, Set.of(), this::create),
                new Route("DELETE", "/tokens/{name}", Role.ADMIN, Set.of(), this::remove));
    }

    static Map<String, @Nullable Object> json(ApiToken token, Instant now) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", token.name());
        json.put("role", Input.word(token.role()));
        json.put("created", token.created());
        json.put("expires", token.expires());
        json.put("lastUsed", token.lastUsed());
        json.put("account", token.owner() == null ? null : token.owner().account());
        json.put("inForce", token.isInForce(now));
        return json;
    }

    private ApiResponse list() {
        Instant now = clock.instant();
        return ApiResponse.ok(Map.of(
                "tokens", tokens.read().stream().map(token -> json(token, now)).toList()));
    }

    private ApiResponse create(ApiRequest request) {
        Input body = request.body();
        String name = body.requiredText("name", NameRule.TOKEN.expected());
        if (!name.isBlank() && !NameRule.TOKEN.accepts(name)) {
            body.refuse("name", "'" + name + "' is not valid", NameRule.TOKEN.expected());
        }
        Role role = body.oneOf("role", Role.class);
        if (!body.has("role")) {
            body.refuse("role", "it is missing", "one of " + Input.words(Role.class));
        }
        Instant expires = body.time("expires");
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        if (expires != null && !expires.isAfter(now)) {
            body.refuse("expires", "it is in the past", "a time in the future");
        }
        body.check();
        ApiToken token = new ApiToken(
                name,
                Objects.requireNonNull(role),
                now,
                expires == null ? null : expires.truncatedTo(ChronoUnit.SECONDS),
                null,
                request.caller().owner());
        String secret = ApiToken.newSecret();
        if (!tokens.add(token, secret)) {
            throw ProblemException.conflict("the token '" + name + "' already exists");
        }
        Map<String, @Nullable Object> json = json(token, now);
        json.put("token", secret);
        return ApiResponse.created(Routes.BASE + "/tokens/" + name, json);
    }

    private ApiResponse remove(ApiRequest request) {
        String name = request.name("name");
        if (!tokens.remove(name)) {
            throw ProblemException.notFound("no such token: '" + name + "'");
        }
        return ApiResponse.nothing();
    }
}

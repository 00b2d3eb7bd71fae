package dev.slipway.admin.api;

import dev.slipway.admin.command.ResourceJson;
import dev.slipway.admin.management.ManagedTokens;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.admin.management.TokenDefinition;
import dev.slipway.core.account.ApiToken;
import dev.slipway.transfer.json.JsonBody;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tokens of the API itself. */
final class TokenResources {
    private final ApiServices services;
    private final Clock clock;

    TokenResources(ApiServices services, Clock clock) {
        this.services = services;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/tokens", Right.MANAGE_TOKENS, Set.of(), this::list),
                new Route("POST", "/tokens", Right.MANAGE_TOKENS, Set.of(), this::create),
                new Route("DELETE", "/tokens/{name}", Right.MANAGE_TOKENS, Set.of(), this::remove));
    }

    private ManagedTokens tokens(ApiRequest request) {
        return services.services().tokens(request.caller(), clock);
    }

    private Map<String, @Nullable Object> json(ApiToken token) {
        return ResourceJson.of(token, clock.instant());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(
                Map.of("tokens", tokens(request).list().stream().map(this::json).toList()));
    }

    private ApiResponse create(ApiRequest request) throws ManagementException {
        ManagedTokens tokens = tokens(request);
        JsonBody body = request.body();
        TokenDefinition definition = body.read(TokenDefinition.class);
        body.check(tokens.problems(definition));
        ManagedTokens.Added added = tokens.add(definition);
        Map<String, @Nullable Object> json = json(added.token());
        json.put("token", added.secret());
        return ApiResponse.created(Routes.BASE + "/tokens/" + added.token().name(), json);
    }

    private ApiResponse remove(ApiRequest request) throws ManagementException {
        tokens(request).remove(request.name("name"));
        return ApiResponse.nothing();
    }
}

package dev.slipway.admin.api;

import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The FTP and SSH sessions of this gateway. */
final class SessionResources {
    private final ApiServices services;

    SessionResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/sessions", Role.VIEWER, Set.of("account"), this::list),
                new Route("DELETE", "/sessions/{id}", Role.OPERATOR, Set.of(), this::disconnect));
    }

    private static Map<String, Object> json(AccountSession session) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", session.client().session());
        json.put("since", session.since());
        json.put("protocol", Input.word(session.use()));
        json.put("address", session.client().address().getHostAddress());
        json.put("account", session.client().account());
        return json;
    }

    private ApiResponse list(ApiRequest request) {
        String account = request.query().get("account");
        return ApiResponse.ok(Map.of(
                "sessions",
                services.sessions().list().stream()
                        .filter(session ->
                                account == null || session.client().account().equals(account))
                        .map(SessionResources::json)
                        .toList()));
    }

    private ApiResponse disconnect(ApiRequest request) {
        String id = request.name("id");
        services.sessions().list().stream()
                .filter(session -> session.client().session().equals(id))
                .findFirst()
                .orElseThrow(() -> ProblemException.notFound("no such session: " + id))
                .disconnect();
        return ApiResponse.nothing();
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.command.ResourceJson;
import dev.slipway.admin.management.ManagedSessions;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.core.account.AccountSession;
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
                new Route("GET", "/sessions", Right.SEE, Set.of("account"), this::list),
                new Route("DELETE", "/sessions/{id}", Right.END_SESSIONS, Set.of(), this::disconnect));
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "sessions",
                services
                        .services()
                        .sessions(request.caller())
                        .list(request.query().get("account"))
                        .stream()
                        .map(ResourceJson::of)
                        .toList()));
    }

    private ApiResponse disconnect(ApiRequest request) throws ManagementException {
        ManagedSessions sessions = services.services().sessions(request.caller());
        List<String> id = List.of(request.name("id"));
        List<AccountSession> found = sessions.find(id);
        ManagedSessions.requireAll(id, found);
        sessions.disconnect(found);
        return ApiResponse.nothing();
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.command.ResourceJson;
import dev.slipway.admin.management.ManagedUploads;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Interrupted uploads, which their accounts can resume. */
final class UploadResources {
    private final ApiServices services;

    UploadResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/uploads", Right.SEE, Set.of("account"), this::list),
                new Route("DELETE", "/uploads/{id}", Right.DISCARD_UPLOADS, Set.of(), this::discard));
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "uploads",
                services
                        .services()
                        .uploads(request.caller())
                        .list(request.query().get("account"))
                        .stream()
                        .map(ResourceJson::of)
                        .toList()));
    }

    private ApiResponse discard(ApiRequest request) throws ManagementException {
        List<String> id = List.of(request.name("id"));
        ManagedUploads.requireAll(
                id, services.services().uploads(request.caller()).discard(id));
        return ApiResponse.nothing();
    }
}

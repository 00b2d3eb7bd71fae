package dev.slipway.admin.api;

import dev.slipway.admin.command.ResourceJson;
import dev.slipway.admin.management.ManagedWatches;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The watched folders of the configuration. */
final class WatchResources {
    private final ApiServices services;

    WatchResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/watches", Right.SEE, none, this::list),
                new Route("GET", "/watches/{name}", Right.SEE, none, this::show),
                new Route("POST", "/watches/{name}/pause", Right.CONTROL_WATCHES, none, this::pause),
                new Route("POST", "/watches/{name}/resume", Right.CONTROL_WATCHES, none, this::resume),
                new Route("POST", "/watches/{name}/rescan", Right.CONTROL_WATCHES, none, this::rescan));
    }

    private ManagedWatches watches(ApiRequest request) throws ManagementException {
        return services.services().watches(request.caller());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "watches",
                watches(request).list().stream().map(ResourceJson::of).toList()));
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        String name = request.name("name");
        ManagedWatches watches = watches(request);
        return ApiResponse.ok(ResourceJson.of(watches.find(name), watches.failing(name)));
    }

    private ApiResponse pause(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(ResourceJson.of(watches(request).pause(request.name("name"), true)));
    }

    private ApiResponse resume(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(ResourceJson.of(watches(request).pause(request.name("name"), false)));
    }

    private ApiResponse rescan(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(ResourceJson.of(watches(request).rescan(request.name("name"))));
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.command.RetentionView;
import dev.slipway.admin.management.ManagedRetention;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.json.JsonBody;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Retention tasks: seen, run and paused. */
final class RetentionResources {
    private final ApiServices services;

    /** What a run is to do. */
    private record NewRetentionRun(@Nullable Boolean dryRun) {}

    RetentionResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/retention", Right.SEE, Set.of(), this::list),
                new Route("GET", "/retention/{name}", Right.SEE, Set.of(), this::show),
                new Route("GET", "/retention/{name}/runs", Right.SEE, Set.of("limit"), this::runs),
                new Route("POST", "/retention/{name}/runs", Right.CONTROL_JOBS, Set.of(), this::run),
                new Route("POST", "/retention/{name}/pause", Right.CONTROL_JOBS, Set.of(), this::pause),
                new Route("POST", "/retention/{name}/resume", Right.CONTROL_JOBS, Set.of(), this::resume));
    }

    private ManagedRetention retention(ApiRequest request) throws ManagementException {
        return services.services().retention(request.caller());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "tasks",
                retention(request).list().stream().map(RetentionView::json).toList()));
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(RetentionView.json(retention(request).find(request.name("name"))));
    }

    private ApiResponse runs(ApiRequest request) throws ManagementException {
        Integer limit = request.query(
                "limit", "a whole number from 1 to " + ManagedRetention.HIGHEST_LIMIT, RetentionResources::limit);
        return ApiResponse.ok(Map.of(
                "runs",
                retention(request)
                        .history(request.name("name"), Objects.requireNonNullElse(limit, ManagedRetention.USUAL_LIMIT))
                        .stream()
                        .map(RetentionView::json)
                        .toList()));
    }

    private static int limit(String text) {
        int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
        if (number < 1 || number > ManagedRetention.HIGHEST_LIMIT) {
            throw new IllegalArgumentException("it is not a number in that range");
        }
        return number;
    }

    private ApiResponse run(ApiRequest request) throws ManagementException {
        JsonBody body = request.body();
        NewRetentionRun wanted = body.read(NewRetentionRun.class);
        body.check(List.of());
        String job = retention(request).run(request.name("name"), Boolean.TRUE.equals(wanted.dryRun()));
        return ApiResponse.accepted(Routes.BASE + "/jobs/" + job, Map.of("job", job));
    }

    private ApiResponse pause(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(RetentionView.json(retention(request).pause(request.name("name"))));
    }

    private ApiResponse resume(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(RetentionView.json(retention(request).resume(request.name("name"))));
    }
}

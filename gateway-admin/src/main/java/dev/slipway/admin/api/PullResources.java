package dev.slipway.admin.api;

import dev.slipway.admin.command.PullView;
import dev.slipway.admin.management.ManagedPulls;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.json.JsonBody;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Pulls: seen, run and paused. */
final class PullResources {
    private final ApiServices services;

    /** What a run is to do; an incremental run that is not a dry one unless it says otherwise. */
    private record NewPullRun(
            @Nullable Boolean full, @Nullable Boolean dryRun) {}

    PullResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/pulls", Right.SEE, Set.of(), this::list),
                new Route("GET", "/pulls/{name}", Right.SEE, Set.of(), this::show),
                new Route("GET", "/pulls/{name}/runs", Right.SEE, Set.of("limit"), this::runs),
                new Route("POST", "/pulls/{name}/runs", Right.CONTROL_JOBS, Set.of(), this::run),
                new Route("POST", "/pulls/{name}/pause", Right.CONTROL_JOBS, Set.of(), this::pause),
                new Route("POST", "/pulls/{name}/resume", Right.CONTROL_JOBS, Set.of(), this::resume));
    }

    private ManagedPulls pulls(ApiRequest request) throws ManagementException {
        return services.services().pulls(request.caller());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "pulls", pulls(request).list().stream().map(PullView::json).toList()));
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(PullView.json(pulls(request).find(request.name("name"))));
    }

    private ApiResponse runs(ApiRequest request) throws ManagementException {
        Integer limit =
                request.query("limit", "a whole number from 1 to " + ManagedPulls.HIGHEST_LIMIT, PullResources::limit);
        return ApiResponse.ok(Map.of(
                "runs",
                pulls(request)
                        .history(request.name("name"), Objects.requireNonNullElse(limit, ManagedPulls.USUAL_LIMIT))
                        .stream()
                        .map(PullView::json)
                        .toList()));
    }

    private static int limit(String text) {
        int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
        if (number < 1 || number > ManagedPulls.HIGHEST_LIMIT) {
            throw new IllegalArgumentException("it is not a number in that range");
        }
        return number;
    }

    private ApiResponse run(ApiRequest request) throws ManagementException {
        JsonBody body = request.body();
        NewPullRun wanted = body.read(NewPullRun.class);
        body.check(List.of());
        String job = pulls(request)
                .run(request.name("name"), Boolean.TRUE.equals(wanted.full()), Boolean.TRUE.equals(wanted.dryRun()));
        return ApiResponse.accepted(Routes.BASE + "/jobs/" + job, Map.of("job", job));
    }

    private ApiResponse pause(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(PullView.json(pulls(request).pause(request.name("name"))));
    }

    private ApiResponse resume(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(PullView.json(pulls(request).resume(request.name("name"))));
    }
}

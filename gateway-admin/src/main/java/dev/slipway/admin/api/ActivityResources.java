package dev.slipway.admin.api;

import dev.slipway.admin.management.Activity;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.OwnActivity;
import dev.slipway.admin.management.Right;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the gateway does now, and has done lately. */
final class ActivityResources {
    private static final int MOST_ENDED = 200;

    private final ApiServices services;
    private final Callers callers;
    private final OverviewEvents events;

    ActivityResources(ApiServices services, Callers callers, OverviewEvents events) {
        this.services = services;
        this.callers = callers;
        this.events = events;
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/overview", Right.SEE, none, this::overview),
                new Route("GET", "/overview/events", Right.SEE, none, this::follow),
                new Route("GET", "/throughput", Right.SEE, none, this::throughput),
                new Route("GET", "/transfers", Right.SEE, none, this::transfers),
                new Route("GET", "/self/transfers", Access.OWN, none, this::own));
    }

    private Activity activity(ApiRequest request) throws ManagementException {
        return services.services().activity(request.caller());
    }

    private ApiResponse overview(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(ActivityView.overview(activity(request)));
    }

    private ApiResponse follow(ApiRequest request) throws ManagementException {
        Activity activity = activity(request);
        OverviewStream stream = events.open(
                activity,
                request.caller().name(),
                () -> callers.isStillWelcome(request.headers(), request.address(), Right.SEE));
        return ApiResponse.stream("text/event-stream", stream).with("X-Accel-Buffering", "no");
    }

    private ApiResponse throughput(ApiRequest request) throws ManagementException {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("stepSeconds", Activity.STEP.toSeconds());
        json.put("seconds", Activity.PAST.toSeconds());
        json.put(
                "samples",
                activity(request).throughput().stream().map(ActivityView::json).toList());
        return ApiResponse.ok(json);
    }

    private ApiResponse transfers(ApiRequest request) throws ManagementException {
        Activity activity = activity(request);
        return ApiResponse.ok(
                json(activity.transfers(), activity.completed(MOST_ENDED), activity.failures(MOST_ENDED)));
    }

    private ApiResponse own(ApiRequest request) throws ManagementException {
        OwnActivity activity = services.services().ownActivity(request.caller());
        return ApiResponse.ok(json(activity.transfers(), activity.completed(), activity.failures()));
    }

    private static Map<String, @Nullable Object> json(
            List<Activity.Moving> transfers, List<Activity.Ended> completed, List<Activity.Ended> failures) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("transfers", transfers.stream().map(ActivityView::json).toList());
        json.put("completed", completed.stream().map(ActivityView::json).toList());
        json.put("failures", failures.stream().map(ActivityView::json).toList());
        return json;
    }
}

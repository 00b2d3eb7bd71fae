package dev.slipway.admin.api;

import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.job.Job;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The stream of live events. */
final class EventResources {
    private final ApiServices services;
    private final Callers callers;
    private final JobEvents events;

    EventResources(ApiServices services, Callers callers, JobEvents events) {
        this.services = services;
        this.callers = callers;
        this.events = events;
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/events", Right.SEE, Set.of("job"), this::follow));
    }

    private ApiResponse follow(ApiRequest request) throws ManagementException {
        String wanted = request.query().get("job");
        if (wanted != null) {
            Job _ = services.services().jobs(request.caller()).find(wanted);
        }
        JobStream stream = events.open(
                wanted,
                lastNumber(request.header("Last-Event-ID")),
                () -> callers.isStillWelcome(request.headers(), request.address(), Right.SEE));
        return ApiResponse.stream("text/event-stream", stream).with("X-Accel-Buffering", "no");
    }

    private long lastNumber(@Nullable String id) {
        String mine = events.run() + "-";
        String number = id == null || !id.startsWith(mine) ? "" : id.substring(mine.length());
        return number.matches("\\d{1,18}") ? Long.parseLong(number) : -1;
    }
}

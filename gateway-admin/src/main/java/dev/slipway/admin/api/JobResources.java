package dev.slipway.admin.api;

import dev.slipway.admin.command.JobView;
import dev.slipway.admin.management.JobAction;
import dev.slipway.admin.management.ManagedJobs;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.job.BatchProgress;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.json.JsonWords;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Jobs: seen and steered. */
final class JobResources {
    private static final String STATES = "states separated by commas, from " + JsonWords.all(JobState.class);

    private static final String TIME = "a time such as 2026-01-31T12:00:00Z";

    private final ApiServices services;

    JobResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        "/jobs",
                        Right.SEE,
                        Set.of(
                                "state",
                                "remote",
                                "submitter",
                                "correlation",
                                "since",
                                "until",
                                "batch",
                                "after",
                                "limit"),
                        this::list),
                new Route("GET", "/jobs/{id}", Right.SEE, Set.of(), this::show),
                new Route("GET", "/jobs/{id}/attempts", Right.SEE, Set.of(), this::attempts),
                control("cancel", JobAction.CANCEL),
                control("pause", JobAction.PAUSE),
                control("resume", JobAction.RESUME),
                control("retry", JobAction.RETRY));
    }

    private Route control(String name, JobAction action) {
        return new Route("POST", "/jobs/{id}/" + name, Right.CONTROL_JOBS, Set.of(), request -> apply(request, action));
    }

    private ManagedJobs jobs(ApiRequest request) throws ManagementException {
        return services.services().jobs(request.caller());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        Set<JobState> states = request.query("state", STATES, JobResources::states);
        Integer limit =
                request.query("limit", "a whole number from 1 to " + ManagedJobs.HIGHEST_LIMIT, JobResources::limit);
        ManagedJobs.Query query = new ManagedJobs.Query(
                Objects.requireNonNullElse(states, EnumSet.allOf(JobState.class)),
                request.query().get("remote"),
                request.query().get("submitter"),
                request.query().get("correlation"),
                request.query("since", TIME, JobResources::time),
                request.query("until", TIME, JobResources::time),
                request.query().get("batch"),
                request.query().get("after"),
                Objects.requireNonNullElse(limit, ManagedJobs.USUAL_LIMIT));
        List<Map<String, @Nullable Object>> found =
                jobs(request).list(query).stream().map(JobView::json).toList();
        return ApiResponse.ok(Map.of("jobs", found));
    }

    private static Set<JobState> states(String text) {
        Set<JobState> states = EnumSet.noneOf(JobState.class);
        for (String word : text.split(",", -1)) {
            states.add(JsonWords.find(JobState.class, word.strip())
                    .orElseThrow(() -> new IllegalArgumentException("'" + word + "' is not one of them")));
        }
        return states;
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("it is not a time", e);
        }
    }

    private static int limit(String text) {
        if (!text.matches("\\d{1,9}")) {
            throw new IllegalArgumentException("it is not a number in that range");
        }
        return Integer.parseInt(text);
    }

    private static Map<String, Object> json(BatchProgress progress) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total", progress.total());
        json.put("open", progress.open());
        json.put("succeeded", progress.succeeded());
        json.put("bytesDone", progress.bytesDone());
        return json;
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        ManagedJobs jobs = jobs(request);
        Job job = jobs.find(request.name("id"));
        Map<String, @Nullable Object> json = JobView.json(job);
        BatchProgress parts = jobs.progress(job.id());
        json.put("parts", parts.total() == 0 ? null : json(parts));
        return ApiResponse.ok(json);
    }

    private ApiResponse attempts(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "attempts",
                jobs(request).attempts(request.name("id")).stream()
                        .map(JobView::json)
                        .toList()));
    }

    private ApiResponse apply(ApiRequest request, JobAction action) throws ManagementException {
        return ApiResponse.ok(JobView.json(jobs(request).apply(action, request.name("id"))));
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.command.JobView;
import dev.slipway.core.account.Role;
import dev.slipway.transfer.job.BatchProgress;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Jobs: seen and steered. */
final class JobResources {
    private static final int MOST = 1000;
    private static final int USUAL = 100;
    private static final String STATES = "states separated by commas, from " + Input.words(JobState.class);

    private final ApiServices services;

    JobResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        "/jobs",
                        Role.VIEWER,
                        Set.of("state", "remote", "submitter", "batch", "limit"),
                        this::list),
                new Route("GET", "/jobs/{id}", Role.VIEWER, Set.of(), this::show),
                new Route("GET", "/jobs/{id}/attempts", Role.VIEWER, Set.of(), this::attempts),
                new Route(
                        "POST",
                        "/jobs/{id}/cancel",
                        Role.OPERATOR,
                        Set.of(),
                        request -> steer(request, Jobs::cancel, "it has ended")),
                new Route(
                        "POST",
                        "/jobs/{id}/pause",
                        Role.OPERATOR,
                        Set.of(),
                        request -> steer(request, Jobs::pause, "it is paused or has ended")),
                new Route(
                        "POST",
                        "/jobs/{id}/resume",
                        Role.OPERATOR,
                        Set.of(),
                        request -> steer(request, Jobs::resume, "it is not paused")),
                new Route(
                        "POST",
                        "/jobs/{id}/retry",
                        Role.OPERATOR,
                        Set.of(),
                        request -> steer(request, Jobs::retry, "it is not failed, cancelled or waiting")));
    }

    private ApiResponse list(ApiRequest request) {
        Set<JobState> states = request.query("state", STATES, JobResources::states);
        Integer limit = request.query("limit", "a number from 1 to " + MOST, JobResources::limit);
        JobFilter filter = new JobFilter(
                Objects.requireNonNullElse(states, EnumSet.allOf(JobState.class)),
                request.query().get("remote"),
                request.query().get("submitter"),
                request.query().get("batch"),
                Objects.requireNonNullElse(limit, USUAL));
        List<Map<String, @Nullable Object>> jobs =
                services.requireJobs().list(filter).stream().map(JobView::json).toList();
        return ApiResponse.ok(Map.of("jobs", jobs));
    }

    private static Set<JobState> states(String text) {
        Set<JobState> states = EnumSet.noneOf(JobState.class);
        for (String word : text.split(",", -1)) {
            states.add(Input.constant(JobState.class, word.strip()));
        }
        return states;
    }

    private static int limit(String text) {
        if (!text.matches("\\d{1,4}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MOST) {
            throw new IllegalArgumentException("it is not a number in that range");
        }
        return Integer.parseInt(text);
    }

    static Job find(Jobs jobs, String id) {
        return jobs.find(id)
                .orElseThrow(() ->
                        ProblemException.notFound("no such job: '" + id + "'; ended jobs are removed after a while"));
    }

    private static Map<String, Object> json(BatchProgress progress) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total", progress.total());
        json.put("open", progress.open());
        json.put("succeeded", progress.succeeded());
        json.put("bytesDone", progress.bytesDone());
        return json;
    }

    private ApiResponse show(ApiRequest request) {
        Jobs jobs = services.requireJobs();
        Job job = find(jobs, request.name("id"));
        Map<String, @Nullable Object> json = JobView.json(job);
        BatchProgress parts = jobs.progress(job.id());
        json.put("parts", parts.total() == 0 ? null : json(parts));
        return ApiResponse.ok(json);
    }

    private ApiResponse attempts(ApiRequest request) {
        Jobs jobs = services.requireJobs();
        Job job = find(jobs, request.name("id"));
        return ApiResponse.ok(Map.of(
                "attempts", jobs.attempts(job.id()).stream().map(JobView::json).toList()));
    }

    private interface Steering {
        boolean steer(Jobs jobs, String id);
    }

    private ApiResponse steer(ApiRequest request, Steering steering, String whyNot) {
        Jobs jobs = services.requireJobs();
        Job job = find(jobs, request.name("id"));
        boolean done = steering.steer(jobs, job.id());
        Job now = find(jobs, job.id());
        if (!done) {
            throw ProblemException.conflict("job " + job.id() + " is " + Input.word(now.state()) + ": " + whyNot);
        }
        return ApiResponse.ok(JobView.json(now));
    }
}

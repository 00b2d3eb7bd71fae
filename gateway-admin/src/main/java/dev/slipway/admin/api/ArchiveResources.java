package dev.slipway.admin.api;

import dev.slipway.admin.command.ArchiveView;
import dev.slipway.admin.management.ManagedArchives;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.json.JsonBody;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Archives and the tasks that make them. */
final class ArchiveResources {
    private static final String LIMIT = "limit";
    private static final String AFTER = "after";

    private final ApiServices services;

    /** What a run is to do. */
    private record NewArchiveRun(@Nullable Boolean all) {}

    /** Which files are to be objects again. */
    private record NewExtraction(
            @Expected("BUCKET:KEY of a file, or BUCKET:PREFIX/ of all below")
            String source) {}

    ArchiveResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/archive-tasks", Right.SEE, Set.of(), this::tasks),
                new Route("GET", "/archive-tasks/{name}", Right.SEE, Set.of(), this::task),
                new Route("POST", "/archive-tasks/{name}/runs", Right.CONTROL_JOBS, Set.of(), this::run),
                new Route("GET", "/archives", Right.SEE, Set.of(AFTER, LIMIT), this::list),
                new Route("GET", "/archives/{id}", Right.SEE, Set.of(), this::show),
                new Route("GET", "/archives/{id}/members", Right.SEE, Set.of(AFTER, LIMIT), this::members),
                new Route("GET", "/archive-manifests", Right.SEE, Set.of(AFTER, LIMIT), this::waitingManifests),
                new Route("POST", "/archive-manifests/runs", Right.CONTROL_JOBS, Set.of(), this::sendManifests),
                new Route("GET", "/archived-files", Right.SEE, Set.of("pattern", LIMIT), this::find),
                new Route("POST", "/archived-files/extractions", Right.CONTROL_JOBS, Set.of(), this::extract));
    }

    private ManagedArchives archives(ApiRequest request) throws ManagementException {
        return services.services().archives(request.caller());
    }

    private ApiResponse tasks(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "tasks",
                archives(request).tasks().stream().map(ArchiveView::json).toList()));
    }

    private ApiResponse task(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(ArchiveView.json(archives(request).task(request.name("name"))));
    }

    private ApiResponse run(ApiRequest request) throws ManagementException {
        JsonBody body = request.body();
        NewArchiveRun wanted = body.read(NewArchiveRun.class);
        body.check(List.of());
        String job = archives(request).run(request.name("name"), Boolean.TRUE.equals(wanted.all()));
        return ApiResponse.accepted(Routes.BASE + "/jobs/" + job, Map.of("job", job));
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        String after = request.query(AFTER, "the id of an archive", text -> text);
        return ApiResponse.ok(Map.of(
                "archives",
                archives(request).list(after, limit(request)).stream()
                        .map(ArchiveView::json)
                        .toList()));
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(ArchiveView.json(archives(request).find(request.name("id"))));
    }

    private ApiResponse members(ApiRequest request) throws ManagementException {
        Integer after =
                request.query(AFTER, "the position of a member, from 0", text -> number(text, 0, Integer.MAX_VALUE));
        return ApiResponse.ok(Map.of(
                "members",
                archives(request)
                        .members(request.name("id"), Objects.requireNonNullElse(after, -1), limit(request))
                        .stream()
                        .map(ArchiveView::json)
                        .toList()));
    }

    private ApiResponse waitingManifests(ApiRequest request) throws ManagementException {
        String after = request.query(AFTER, "the id of an archive", text -> text);
        return ApiResponse.ok(Map.of(
                "manifests",
                archives(request).waitingManifests(after, limit(request)).stream()
                        .map(ArchiveView::json)
                        .toList()));
    }

    private ApiResponse sendManifests(ApiRequest request) throws ManagementException {
        String job = archives(request).sendManifests();
        return ApiResponse.accepted(Routes.BASE + "/jobs/" + job, Map.of("job", job));
    }

    private ApiResponse find(ApiRequest request) throws ManagementException {
        String pattern = request.query("pattern", "the keys, with * and ? for any characters", text -> text);
        return ApiResponse.ok(Map.of(
                "files",
                archives(request).search(Objects.requireNonNullElse(pattern, "*"), limit(request)).stream()
                        .map(ArchiveView::json)
                        .toList()));
    }

    private ApiResponse extract(ApiRequest request) throws ManagementException {
        JsonBody body = request.body();
        NewExtraction wanted = body.read(NewExtraction.class);
        body.check(List.of());
        String job = archives(request).extract(wanted.source());
        return ApiResponse.accepted(Routes.BASE + "/jobs/" + job, Map.of("job", job));
    }

    private static int limit(ApiRequest request) {
        Integer limit = request.query(
                LIMIT,
                "a whole number from 1 to " + ManagedArchives.HIGHEST_LIMIT,
                text -> number(text, 1, ManagedArchives.HIGHEST_LIMIT));
        return Objects.requireNonNullElse(limit, ManagedArchives.USUAL_LIMIT);
    }

    private static int number(String text, int least, int most) {
        int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
        if (number < least || number > most) {
            throw new IllegalArgumentException("it is not a number in that range");
        }
        return number;
    }
}

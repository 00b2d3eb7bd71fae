package dev.slipway.admin.api;

import dev.slipway.core.account.Role;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.InterruptedUpload;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Interrupted uploads, which their accounts can resume. */
final class UploadResources {
    private final UploadTable uploads;

    UploadResources(ApiServices services, Clock clock) {
        uploads = new UploadTable(services.database(), clock);
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/uploads", Role.VIEWER, Set.of("account"), this::list),
                new Route("DELETE", "/uploads/{id}", Role.OPERATOR, Set.of(), this::discard));
    }

    private static Map<String, @Nullable Object> json(InterruptedUpload upload) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", upload.id());
        json.put("since", upload.since());
        json.put("bytes", upload.bytes() == InterruptedUpload.UNKNOWN ? null : (Long) upload.bytes());
        json.put("account", upload.owner().account());
        json.put("bucket", upload.key().bucket());
        json.put("key", upload.key().key());
        return json;
    }

    private ApiResponse list(ApiRequest request) {
        String account = request.query().get("account");
        return ApiResponse.ok(Map.of(
                "uploads",
                uploads.allInterrupted().stream()
                        .filter(upload ->
                                account == null || upload.owner().account().equals(account))
                        .map(UploadResources::json)
                        .toList()));
    }

    private ApiResponse discard(ApiRequest request) {
        String id = request.name("id");
        InterruptedUpload upload = uploads.allInterrupted().stream()
                .filter(one -> one.id().equals(id))
                .findFirst()
                .filter(one -> uploads.discarded(one.id()))
                .orElseThrow(() -> ProblemException.notFound("no such interrupted upload: " + id));
        if (upload.uploadId().isEmpty()) {
            uploads.ended(id);
        }
        return ApiResponse.nothing();
    }
}

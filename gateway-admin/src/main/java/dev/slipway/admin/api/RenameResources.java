package dev.slipway.admin.api;

import dev.slipway.admin.command.ResourceJson;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.core.state.RenameTable;
import dev.slipway.transfer.json.JsonWords;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Directory renames that are in progress, or were when a gateway stopped. */
final class RenameResources {
    private final ApiServices services;

    RenameResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/renames", Right.SEE, Set.of(), this::list));
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "renames",
                services.services().renames(request.caller()).list().stream()
                        .map(RenameResources::json)
                        .toList()));
    }

    private static Map<String, @Nullable Object> json(RenameTable.Entry rename) {
        Map<String, @Nullable Object> json = ResourceJson.of(rename);
        json.put("phase", JsonWords.of(rename.phase()));
        return json;
    }
}

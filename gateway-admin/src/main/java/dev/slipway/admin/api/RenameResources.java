package dev.slipway.admin.api;

import dev.slipway.core.account.Role;
import dev.slipway.core.state.RenameTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Directory renames that are in progress, or were when a gateway stopped. */
final class RenameResources {
    private final RenameTable renames;

    RenameResources(ApiServices services) {
        renames = new RenameTable(services.database());
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/renames", Role.VIEWER, Set.of(), this::list));
    }

    private ApiResponse list(ApiRequest request) {
        return ApiResponse.ok(Map.of(
                "renames",
                renames.underWay().stream().map(RenameResources::json).toList()));
    }

    private static Map<String, Object> json(RenameTable.Entry rename) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("since", rename.started());
        json.put("phase", Input.word(rename.phase()));
        json.put("account", rename.account());
        json.put("sourceBucket", rename.source().bucket());
        json.put("source", rename.source().key());
        json.put("targetBucket", rename.target().bucket());
        json.put("target", rename.target().key());
        return json;
    }
}

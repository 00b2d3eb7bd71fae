package dev.slipway.admin.api;

import dev.slipway.admin.command.JobView;
import dev.slipway.admin.management.ManagedPushes;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.PushDefinition;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.push.PushOrderException;
import java.util.List;
import java.util.Set;

/** Orders to push objects to remote servers. */
final class PushResources {
    private final ApiServices services;

    PushResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(new Route("POST", "/pushes", Right.PUSH, Set.of(), this::submit));
    }

    private ApiResponse submit(ApiRequest request) throws ManagementException, PushOrderException {
        ManagedPushes pushes = services.services().pushes(request.caller());
        JsonBody body = request.body();
        PushDefinition definition = body.read(PushDefinition.class);
        body.check(pushes.problems(definition));
        Job job = pushes.submit(definition);
        return ApiResponse.accepted(Routes.BASE + "/jobs/" + job.id(), JobView.json(job));
    }
}

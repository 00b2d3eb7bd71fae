package dev.slipway.admin.api;

import dev.slipway.admin.command.JobView;
import dev.slipway.core.account.Role;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.push.Authority;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.TransferMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Orders to push objects to remote servers. */
final class PushResources {
    private static final String ID = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final int HIGHEST_PRIORITY = 100;

    private final ApiServices services;

    PushResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(new Route("POST", "/pushes", Role.OPERATOR, Set.of(), this::submit));
    }

    private ApiResponse submit(ApiRequest request) throws PushOrderException {
        PushOrder order = order(request.body(), request.caller());
        Job job = services.requirePushes().submit(order);
        return ApiResponse.accepted(Routes.BASE + "/jobs/" + job.id(), JobView.json(job));
    }

    private static Authority authority(Principal caller) {
        if (caller.session()) {
            return new Authority.OfAccount(caller.name());
        }
        return caller.role() == Role.ADMIN ? new Authority.Administrator() : new Authority.Operator();
    }

    private static PushOrder order(Input body, Principal caller) {
        String source = body.requiredText("source", "BUCKET:KEY, BUCKET:PREFIX/, ACCOUNT@/PATH or a URL");
        @Nullable String versionId = body.text("versionId");
        Map<String, String> headers = body.map("headers");
        String destination = body.requiredText("destination", "REMOTE:/PATH");
        List<String> include = body.texts("include");
        List<String> exclude = body.texts("exclude");
        boolean newer = body.flag("newer", false);
        boolean overwrite = body.flag("overwrite", false);
        boolean makeFolders = body.flag("makeFolders", false);
        @Nullable TransferMode mode = body.oneOf("mode", TransferMode.class);
        int priority = (int) body.number("priority", -HIGHEST_PRIORITY, HIGHEST_PRIORITY, 0);
        @Nullable Instant deadline = body.time("deadline");
        String correlation = Objects.requireNonNullElse(body.text("correlation"), "");
        @Nullable
        String id = body.parsed("id", "letters, digits and . _ - , at most 64", text -> {
            if (!text.matches(ID)) {
                throw new IllegalArgumentException("it has invalid characters or is too long");
            }
            return text;
        });
        body.check();
        return PushOrder.builder(source, destination, caller.name())
                .versionId(versionId)
                .headers(headers)
                .include(include)
                .exclude(exclude)
                .newer(newer)
                .overwrite(overwrite)
                .makeFolders(makeFolders)
                .mode(mode)
                .priority(priority)
                .deadline(deadline)
                .correlation(correlation)
                .id(id)
                .authority(authority(caller))
                .build();
    }
}

package dev.slipway.admin.api;

import dev.slipway.admin.command.RuleView;
import dev.slipway.admin.management.ManagedRules;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.core.event.Origin;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.ingest.target.RuleTags;
import dev.slipway.transfer.json.JsonBody;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules of the configuration: seen and tested. */
final class RuleResources {
    private final ApiServices services;

    /** A file that would come in: by SFTP and empty, unless it says otherwise. */
    private record RuleTest(
            String path,
            @Nullable String account,
            @Nullable Origin origin,
            @Nullable Long size,
            @Nullable String contentType,
            @Nullable List<String> tags) {}

    RuleResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/rules", Right.SEE, Set.of(), this::list),
                new Route("POST", "/rules/test", Right.SEE, Set.of(), this::test));
    }

    private ManagedRules rules(ApiRequest request) throws ManagementException {
        return services.services().rules(request.caller());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        return ApiResponse.ok(Map.of(
                "rules", rules(request).list().stream().map(RuleView::json).toList()));
    }

    private ApiResponse test(ApiRequest request) throws ManagementException {
        JsonBody body = request.body();
        RuleTest file = body.read(RuleTest.class);
        long size = Objects.requireNonNullElse(file.size(), 0L);
        if (size < 0) {
            body.refuse("size", "it is " + size, "a number of bytes, at least 0");
        }
        List<String> tags = Objects.requireNonNullElse(file.tags(), List.of());
        for (int i = 0; i < tags.size(); i++) {
            if (!RuleTags.isTag(tags.get(i))) {
                body.refuse("tags[" + i + "]", "it is " + tags.get(i), "KEY=VALUE, such as type=invoice");
            }
        }
        body.check();
        try {
            Optional<Rules.Outcome> outcome = rules(request)
                    .test(new ManagedRules.TestedFile(
                            file.path(),
                            file.account(),
                            Objects.requireNonNullElse(file.origin(), Origin.SFTP),
                            size,
                            file.contentType(),
                            tags));
            return ApiResponse.ok(RuleView.json(outcome));
        } catch (IllegalArgumentException e) {
            body.refuse("path", String.valueOf(e.getMessage()), "a path such as /in/march.zip");
            body.check();
            throw e;
        }
    }
}

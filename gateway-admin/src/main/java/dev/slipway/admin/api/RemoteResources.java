package dev.slipway.admin.api;

import dev.slipway.admin.command.HostKeyFingerprint;
import dev.slipway.admin.command.ResourceJson;
import dev.slipway.admin.management.ManagedRemotes;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.RemoteConnections;
import dev.slipway.admin.management.Right;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteCheck;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteJson;
import dev.slipway.transfer.remote.RemoteRules;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Remote servers: those in the configuration can be read, those in the state database changed too. */
final class RemoteResources {
    private final ApiServices services;

    private record TrustedKeys(List<String> hostKeys) {}

    private record HostQuery(String host, @Nullable Integer port) {}

    RemoteResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/remotes", Right.SEE, none, this::list),
                new Route("POST", "/remotes", Right.CHANGE_REMOTES, none, this::create),
                new Route("GET", "/remotes/{name}", Right.SEE, none, this::show),
                new Route("PATCH", "/remotes/{name}", Right.CHANGE_REMOTES, none, this::change),
                new Route("DELETE", "/remotes/{name}", Right.CHANGE_REMOTES, none, this::remove),
                new Route("POST", "/remotes/{name}/test", Right.USE_REMOTES, none, this::test),
                new Route("PUT", "/remotes/{name}/host-keys", Right.CHANGE_REMOTES, none, this::trust),
                new Route("GET", "/remotes/{name}/space", Right.USE_REMOTES, Set.of("path"), this::space),
                new Route("POST", "/host-keys", Right.CHANGE_REMOTES, none, this::hostKeys));
    }

    private static ObjectNode json(ManagedRemotes remotes, Remote remote) {
        ObjectNode json = RemoteJson.show(remote);
        json.put("source", remotes.isConfigured(remote.name()) ? "configuration" : "database");
        // All fields are given, so that nothing is asked for.
        if (!json.has("freeSpacePercentage")) {
            json.putNull("freeSpacePercentage");
        }
        json.put("fileSystem", remote.fileSystem());
        json.put("dotFiles", remote.dotFiles());
        json.put("legacyAlgorithms", remote.legacyAlgorithms());
        return json;
    }

    private ManagedRemotes remotes(ApiRequest request) throws ManagementException {
        return services.services().remotes(request.caller());
    }

    private RemoteConnections connections(ApiRequest request) throws ManagementException {
        return services.services().connections(request.caller());
    }

    private ApiResponse list(ApiRequest request) throws ManagementException {
        ManagedRemotes remotes = remotes(request);
        return ApiResponse.ok(Map.of(
                "remotes",
                remotes.all().stream().map(remote -> json(remotes, remote)).toList()));
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        ManagedRemotes remotes = remotes(request);
        Remote remote = remotes.find(request.name("name"));
        ObjectNode json = json(remotes, remote);
        Optional<Capabilities> found = remotes.capabilities(remote.name());
        if (found.isPresent()) {
            json.set("capabilities", RemoteJson.show(found.get()));
        } else {
            json.putNull("capabilities");
        }
        return ApiResponse.ok(json);
    }

    private ApiResponse create(ApiRequest request) throws ManagementException {
        ManagedRemotes remotes = remotes(request);
        Remote remote = remotes.add(RemoteJson.read(request.body(), null));
        return ApiResponse.created(Routes.BASE + "/remotes/" + remote.name(), json(remotes, remote));
    }

    private ApiResponse change(ApiRequest request) throws ManagementException {
        ManagedRemotes remotes = remotes(request);
        Remote before = remotes.changeable(request.name("name"));
        JsonBody body = request.body();
        body.refuse("name", "it cannot be changed", "a new remote, and remove this one");
        return ApiResponse.ok(json(remotes, remotes.put(RemoteJson.read(body, before))));
    }

    private ApiResponse remove(ApiRequest request) throws ManagementException {
        remotes(request).remove(request.name("name"));
        return ApiResponse.nothing();
    }

    private ApiResponse test(ApiRequest request) throws ManagementException, PushOrderException, RemoteException {
        RemoteConnections.Test test = connections(request).test(request.name("name"));
        ObjectNode json = RemoteJson.show(test.report().capabilities());
        json.put("auto", JsonWords.of(test.auto().mode()));
        json.put("reason", test.auto().reason());
        ArrayNode checks = json.putArray("checks");
        for (RemoteCheck check : test.report().checks()) {
            checks.addObject()
                    .put("name", check.name())
                    .put("result", JsonWords.of(check.result()))
                    .put("detail", check.detail());
        }
        return ApiResponse.ok(json);
    }

    private ApiResponse trust(ApiRequest request) throws ManagementException {
        ManagedRemotes remotes = remotes(request);
        Remote before = remotes.changeable(request.name("name"));
        JsonBody body = request.body();
        Remote changed = before.withHostKeys(body.read(TrustedKeys.class).hostKeys());
        body.check(RemoteRules.check(changed));
        return ApiResponse.ok(json(remotes, remotes.put(changed)));
    }

    private ApiResponse space(ApiRequest request) throws ManagementException, PushOrderException, RemoteException {
        String name = request.name("name");
        String path = Objects.requireNonNullElse(request.query().get("path"), "/");
        return ApiResponse.ok(ResourceJson.of(name, path, connections(request).space(name, path)));
    }

    private ApiResponse hostKeys(ApiRequest request) throws ManagementException, RemoteException {
        JsonBody body = request.body();
        HostQuery query = body.read(HostQuery.class);
        int port = query.port() == null ? Remote.DEFAULT_PORT : query.port();
        body.check(RemoteRules.checkAddress(query.host(), port));
        List<Map<String, Object>> keys = connections(request).hostKeys(query.host(), port).stream()
                .map(RemoteResources::json)
                .toList();
        return ApiResponse.ok(Map.of("hostKeys", keys));
    }

    private static Map<String, Object> json(String key) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("key", key);
        json.put("fingerprint", HostKeyFingerprint.of(key));
        return json;
    }
}

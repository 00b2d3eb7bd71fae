package dev.slipway.admin.api;

import dev.slipway.admin.command.HostKeyFingerprint;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.core.account.Role;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteJson;
import dev.slipway.transfer.remote.RemoteSpace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Remote servers: those in the configuration can be read, those in the state database changed too. */
final class RemoteResources {
    private static final String HOST_KEYS = "public keys as in known_hosts, or fingerprints (SHA256:…)";

    private final ApiServices services;

    RemoteResources(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/remotes", Role.VIEWER, none, _ -> list()),
                new Route("POST", "/remotes", Role.ADMIN, none, this::create),
                new Route("GET", "/remotes/{name}", Role.VIEWER, none, this::show),
                new Route("PATCH", "/remotes/{name}", Role.ADMIN, none, this::change),
                new Route("DELETE", "/remotes/{name}", Role.ADMIN, none, this::remove),
                new Route("POST", "/remotes/{name}/test", Role.OPERATOR, none, this::test),
                new Route("PUT", "/remotes/{name}/host-keys", Role.ADMIN, none, this::trust),
                new Route("GET", "/remotes/{name}/space", Role.OPERATOR, Set.of("path"), this::space),
                new Route("POST", "/host-keys", Role.ADMIN, none, this::hostKeys));
    }

    private ObjectNode json(Remote remote) {
        ObjectNode json = RemoteJson.show(remote);
        json.put("source", services.requireRemotes().isConfigured(remote.name()) ? "configuration" : "database");
        // All fields are given, so that nothing is asked for.
        if (!json.has("freeSpacePercentage")) {
            json.putNull("freeSpacePercentage");
        }
        json.put("fileSystem", remote.fileSystem());
        json.put("dotFiles", remote.dotFiles());
        return json;
    }

    private ApiResponse list() {
        return ApiResponse.ok(Map.of(
                "remotes",
                services.requireRemotes().all().stream().map(this::json).toList()));
    }

    private Remote find(ApiRequest request) throws ManagementException {
        return services.requireRemotes().find(request.name("name"));
    }

    private Remote changeable(ApiRequest request) throws ManagementException {
        return services.requireRemotes().changeable(request.name("name"));
    }

    private ApiResponse show(ApiRequest request) throws ManagementException {
        Remote remote = find(request);
        ObjectNode json = json(remote);
        Optional<Capabilities> found = services.requireRemotes().capabilities(remote.name());
        if (found.isPresent()) {
            json.set("capabilities", RemoteJson.show(found.get()));
        } else {
            json.putNull("capabilities");
        }
        return ApiResponse.ok(json);
    }

    private ApiResponse create(ApiRequest request) throws ManagementException {
        Remote remote =
                services.requireRemotes().add(RemoteJson.read(request.body().raw(), null));
        return ApiResponse.created(Routes.BASE + "/remotes/" + remote.name(), json(remote));
    }

    private ApiResponse change(ApiRequest request) throws ManagementException {
        Remote before = changeable(request);
        JsonNode body = request.body().raw();
        if (body.has("name")) {
            throw ProblemException.invalid(new FieldError(
                    "name", FieldError.Location.BODY, "it cannot be changed", "a new remote, and remove this one"));
        }
        return ApiResponse.ok(json(services.requireRemotes().put(RemoteJson.read(body, before))));
    }

    private ApiResponse remove(ApiRequest request) throws ManagementException {
        services.requireRemotes().remove(changeable(request).name());
        return ApiResponse.nothing();
    }

    private ApiResponse test(ApiRequest request) throws ManagementException, PushOrderException, RemoteException {
        Remote remote = find(request);
        Capabilities found = services.requireAccess().probe(remote);
        services.requireRemotes().remember(remote.name(), found);
        AutoMode auto = services.requirePushes().autoMode(remote.name(), services.bucket());
        ObjectNode json = RemoteJson.show(found);
        json.put("auto", auto.mode().name().toLowerCase(Locale.ROOT));
        json.put("reason", auto.reason());
        return ApiResponse.ok(json);
    }

    private ApiResponse trust(ApiRequest request) throws ManagementException {
        Remote before = changeable(request);
        Input body = request.body();
        if (body.texts("hostKeys").isEmpty()) {
            body.refuse("hostKeys", "there is none", HOST_KEYS);
        }
        body.check();
        return ApiResponse.ok(json(services.requireRemotes().put(RemoteJson.read(body.raw(), before))));
    }

    private ApiResponse space(ApiRequest request) throws ManagementException, PushOrderException, RemoteException {
        Remote remote = find(request);
        String path = Objects.requireNonNullElse(
                request.query("path", "an absolute path on the remote", RemoteResources::absolute), "/");
        RemoteSpace space = services.requirePushes().space(remote.name(), path);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("remote", remote.name());
        json.put("path", path);
        json.put("total", space.total());
        json.put("available", space.available());
        json.put("source", space.source());
        return ApiResponse.ok(json);
    }

    private static String absolute(String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("it does not begin with /");
        }
        return path;
    }

    private ApiResponse hostKeys(ApiRequest request) throws RemoteException {
        Input body = request.body();
        String host = body.requiredText("host", "an address or a host name");
        int port = (int) body.number("port", 1, 65_535, Remote.DEFAULT_PORT);
        body.check();
        List<Map<String, Object>> keys = services.requireAccess().hostKeys(host, port).stream()
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

package dev.slipway.transfer.remote;

import dev.slipway.core.InvalidFieldsException;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.json.JsonWords;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Remotes and what they can do as JSON. Secrets are read here, and never written:
 *
 * <pre>{@code
 * {"name": "vault", "host": "vault.example", "port": 22, "user": "ingest", "authentication": "key",
 *  "key": "-----BEGIN OPENSSH PRIVATE KEY-----…", "passphrase": "…",
 *  "hostKeys": ["ssh-ed25519 AAAA…"], "folders": ["/in"], "mode": "auto",
 *  "maxJobs": 4, "maxChannels": 4, "freeSpacePercentage": 10, "fileSystem": "/in",
 *  "dotFiles": false, "legacyAlgorithms": false}
 * }</pre>
 */
@SuppressWarnings("exports") // only Slipway itself calls it
public final class RemoteJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** What is stored of a remote's capabilities. */
    private record StoredCapabilities(
            Set<String> extensions,
            boolean shell,
            Set<String> tools,
            @Nullable String curlVersion) {}

    private RemoteJson() {}

    /** A remote without its secrets. */
    public static ObjectNode show(Remote remote) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("name", remote.name());
        json.put("host", remote.host());
        json.put("port", remote.port());
        json.put("user", remote.user());
        json.put("authentication", JsonWords.of(Authentication.of(remote.credentials())));
        json.set("hostKeys", strings(remote.hostKeys()));
        json.set("folders", strings(remote.folders()));
        json.put("mode", JsonWords.of(remote.mode()));
        json.put("maxJobs", remote.maxJobs());
        json.put("maxChannels", remote.maxChannels());
        remote.freeSpacePercentage().ifPresent(percentage -> json.put("freeSpacePercentage", percentage));
        if (!remote.fileSystem().isEmpty()) {
            json.put("fileSystem", remote.fileSystem());
        }
        if (remote.dotFiles()) {
            json.put("dotFiles", true);
        }
        if (remote.legacyAlgorithms()) {
            json.put("legacyAlgorithms", true);
        }
        return json;
    }

    /** The capabilities of a remote. */
    public static ObjectNode show(Capabilities capabilities) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("shell", capabilities.shell());
        json.set("tools", strings(new TreeSet<>(capabilities.tools())));
        json.set("extensions", strings(new TreeSet<>(capabilities.extensions())));
        if (!capabilities.curlVersion().isEmpty()) {
            json.put("curlVersion", capabilities.curlVersion());
        }
        return json;
    }

    /**
     * Parses a remote, and checks it by {@link RemoteDefinition#problems}.
     *
     * @param earlier the remote that is changed: missing fields keep its values; null for a new one
     * @throws InvalidFieldsException if the description is invalid; lists all problems
     */
    public static Remote read(JsonBody body, @Nullable Remote earlier) {
        RemoteDefinition definition =
                earlier == null ? body.read(RemoteDefinition.class) : body.update(RemoteDefinition.of(earlier));
        Credentials credentials = earlier == null ? null : earlier.credentials();
        body.check(definition.problems(credentials));
        return definition.remote(credentials);
    }

    static Capabilities readCapabilities(String text) {
        StoredCapabilities stored = JsonBody.lenient(MAPPER.readTree(text)).read(StoredCapabilities.class);
        return new Capabilities(
                stored.extensions(),
                stored.shell(),
                stored.tools(),
                Objects.requireNonNullElse(stored.curlVersion(), ""));
    }

    /** The secrets alone, to be encrypted. */
    static String secrets(Credentials credentials) {
        ObjectNode json = MAPPER.createObjectNode();
        switch (credentials) {
            case Credentials.Password password -> json.put("password", password.password());
            case Credentials.PrivateKey key -> {
                json.put("key", key.key());
                if (key.passphrase() != null) {
                    json.put("passphrase", key.passphrase());
                }
            }
            case Credentials.Agent _ -> {
                // It keeps its secrets to itself.
            }
        }
        return json.toString();
    }

    /** A remote as it was kept; nothing is checked, so that stricter rules of a later version do not make it vanish. */
    static Remote restore(String definition, String secrets) {
        ObjectNode json = (ObjectNode) MAPPER.readTree(definition);
        json.setAll((ObjectNode) MAPPER.readTree(secrets));
        return JsonBody.lenient(json).read(RemoteDefinition.class).unchecked(null);
    }

    private static ArrayNode strings(Iterable<String> values) {
        ArrayNode array = MAPPER.createArrayNode();
        values.forEach(array::add);
        return array;
    }
}

package dev.slipway.transfer.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
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
 *  "dotFiles": false}
 * }</pre>
 */
@SuppressWarnings("exports") // only Slipway itself calls it
public final class RemoteJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final Set<String> FIELDS = Set.of(
            "name",
            "host",
            "port",
            "user",
            "authentication",
            "password",
            "key",
            "passphrase",
            "hostKeys",
            "folders",
            "mode",
            "maxJobs",
            "maxChannels",
            "freeSpacePercentage",
            "fileSystem",
            "dotFiles");

    private RemoteJson() {}

    /** A remote without its secrets. */
    public static ObjectNode show(Remote remote) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("name", remote.name());
        json.put("host", remote.host());
        json.put("port", remote.port());
        json.put("user", remote.user());
        json.put("authentication", authentication(remote.credentials()));
        json.set("hostKeys", strings(remote.hostKeys()));
        json.set("folders", strings(remote.folders()));
        json.put("mode", remote.mode().name().toLowerCase(Locale.ROOT));
        json.put("maxJobs", remote.maxJobs());
        json.put("maxChannels", remote.maxChannels());
        remote.freeSpacePercentage().ifPresent(percentage -> json.put("freeSpacePercentage", percentage));
        if (!remote.fileSystem().isEmpty()) {
            json.put("fileSystem", remote.fileSystem());
        }
        if (remote.dotFiles()) {
            json.put("dotFiles", true);
        }
        return json;
    }

    /** The capabilities of a remote. */
    public static ObjectNode show(Capabilities capabilities) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("shell", capabilities.shell());
        json.set("tools", strings(new TreeSet<>(capabilities.tools())));
        json.set("extensions", strings(new TreeSet<>(capabilities.extensions())));
        return json;
    }

    /**
     * Parses a remote, and checks it by {@link RemoteRules}. Missing fields have their defaults, except for the
     * secrets, the name, the host, the user and the host keys.
     *
     * @param earlier the remote that is changed: missing fields keep its values; null for a new one
     * @throws InvalidRemoteException if the description is invalid; lists all problems
     */
    public static Remote read(JsonNode json, @Nullable Remote earlier) {
        Reading reading = new Reading(json);
        Remote remote = reading.remote(earlier);
        List<RemoteProblem> problems = new ArrayList<>(reading.problems);
        for (RemoteProblem problem : RemoteRules.check(remote)) {
            // Fields that cannot be parsed were left empty; each problem is reported once.
            if (problems.stream().noneMatch(told -> told.field().equals(problem.field()))) {
                problems.add(problem);
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidRemoteException(problems);
        }
        return remote;
    }

    static Capabilities readCapabilities(String text) {
        JsonNode json = MAPPER.readTree(text);
        return new Capabilities(
                Set.copyOf(texts(json.path("extensions"))),
                json.path("shell").asBoolean(),
                Set.copyOf(texts(json.path("tools"))));
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
        return new Reading(json).remote(null);
    }

    private static String authentication(Credentials credentials) {
        return switch (credentials) {
            case Credentials.Password _ -> "password";
            case Credentials.PrivateKey _ -> "key";
            case Credentials.Agent _ -> "agent";
        };
    }

    private static ArrayNode strings(Iterable<String> values) {
        ArrayNode array = MAPPER.createArrayNode();
        values.forEach(array::add);
        return array;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(value -> texts.add(value.asString()));
        return texts;
    }

    /** Reads the fields of one remote, and collects problems. */
    private static final class Reading {
        private final JsonNode json;
        private final List<RemoteProblem> problems = new ArrayList<>();

        Reading(JsonNode json) {
            this.json = json;
            if (!json.isObject()) {
                problem("remote", "must be a JSON object");
            }
            json.propertyNames().stream()
                    .filter(name -> !FIELDS.contains(name))
                    .forEach(name -> problem(name, "is not a field of a remote"));
        }

        Remote remote(@Nullable Remote earlier) {
            return new Remote(
                    text("name", earlier == null ? "" : earlier.name()),
                    text("host", earlier == null ? "" : earlier.host()),
                    number("port", earlier == null ? Remote.DEFAULT_PORT : earlier.port()),
                    text("user", earlier == null ? "" : earlier.user()),
                    credentials(earlier == null ? null : earlier.credentials()),
                    list("hostKeys", earlier == null ? List.of() : earlier.hostKeys()),
                    list("folders", earlier == null ? List.of() : earlier.folders()),
                    mode(earlier == null ? TransferMode.AUTO : earlier.mode()),
                    number("maxJobs", earlier == null ? Remote.DEFAULT_MAX_JOBS : earlier.maxJobs()),
                    number("maxChannels", earlier == null ? Remote.DEFAULT_MAX_CHANNELS : earlier.maxChannels()),
                    percentage(earlier == null ? OptionalInt.empty() : earlier.freeSpacePercentage()),
                    text("fileSystem", earlier == null ? "" : earlier.fileSystem()),
                    flag("dotFiles", earlier != null && earlier.dotFiles()));
        }

        private Credentials credentials(@Nullable Credentials earlier) {
            String given = json.has("password") ? "password" : json.has("key") ? "key" : "";
            String kind = text("authentication", given);
            if (json.has("password") && json.has("key")) {
                problem("password", "cannot be used together with key");
            }
            if (!given.isEmpty() && !given.equals(kind)) {
                problem("authentication", "must be " + given + " if " + given + " is given");
            }
            if (json.has("passphrase") && !json.has("key")) {
                problem("passphrase", "requires key");
            }
            if (earlier != null && given.isEmpty() && (kind.isEmpty() || kind.equals(authentication(earlier)))) {
                return earlier;
            }
            return switch (kind) {
                case "password" -> new Credentials.Password(required("password"));
                case "key" ->
                    new Credentials.PrivateKey(required("key"), json.has("passphrase") ? text("passphrase", "") : null);
                case "agent" -> new Credentials.Agent();
                default -> {
                    problem("authentication", "must be password, key or agent");
                    yield new Credentials.Agent();
                }
            };
        }

        private String required(String field) {
            if (!json.has(field)) {
                problem(field, "is required");
            }
            return text(field, "");
        }

        private TransferMode mode(TransferMode otherwise) {
            String text = text("mode", "");
            for (TransferMode mode : TransferMode.values()) {
                if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return mode;
                }
            }
            if (!text.isEmpty()) {
                problem("mode", "must be auto, direct or streaming");
            }
            return otherwise;
        }

        private OptionalInt percentage(OptionalInt otherwise) {
            JsonNode value = json.path("freeSpacePercentage");
            if (value.isMissingNode()) {
                return otherwise;
            }
            return value.isNull() ? OptionalInt.empty() : OptionalInt.of(number("freeSpacePercentage", 0));
        }

        private String text(String field, String otherwise) {
            JsonNode value = json.path(field);
            if (value.isMissingNode()) {
                return otherwise;
            }
            if (!value.isString()) {
                problem(field, "must be a string");
                return otherwise;
            }
            return value.stringValue();
        }

        private boolean flag(String field, boolean otherwise) {
            JsonNode value = json.path(field);
            if (value.isMissingNode()) {
                return otherwise;
            }
            if (!value.isBoolean()) {
                problem(field, "must be true or false");
                return otherwise;
            }
            return value.booleanValue();
        }

        private int number(String field, int otherwise) {
            JsonNode value = json.path(field);
            if (value.isMissingNode()) {
                return otherwise;
            }
            if (!value.isInt()) {
                problem(field, "must be a whole number");
                return otherwise;
            }
            return value.intValue();
        }

        private List<String> list(String field, List<String> otherwise) {
            JsonNode value = json.path(field);
            if (value.isMissingNode()) {
                return otherwise;
            }
            if (!value.isArray() || value.valueStream().anyMatch(item -> !item.isString())) {
                problem(field, "must be a list of strings");
                return otherwise;
            }
            return value.valueStream().map(JsonNode::stringValue).toList();
        }

        private void problem(String field, String message) {
            problems.add(new RemoteProblem(field, message));
        }
    }
}

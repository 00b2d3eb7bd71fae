package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.slipway.core.NameRule;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.Remotes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A message of the queue, bare or as a CloudEvent in structured or binary mode. Problems are reported when the order is
 * requested, so that everything readable can be reported in any case.
 */
final class OrderMessage {
    /** Those of S3, and of older stores; nothing that {@link PushOrder#source} would take for something else. */
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}");

    private static final List<String> BINARY_PREFIXES = List.of("cloudEvents:", "cloudEvents_");

    /** Some hundred times what an order needs. */
    private static final int LARGEST = 256 << 10;

    private static final int LONGEST_CORRELATION = 1000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final JsonNode NOTHING = JSON.missingNode();

    private final String identity;
    private final String correlation;
    private final JsonNode data;
    private final @Nullable String replyTo;
    private final @Nullable String problem;

    private OrderMessage(
            String identity, String correlation, JsonNode data, @Nullable String replyTo, @Nullable String problem) {
        this.identity = identity;
        this.correlation = correlation;
        this.data = data;
        this.replyTo = replyTo;
        this.problem = problem;
    }

    static OrderMessage read(BasicProperties properties, byte[] body) {
        JsonNode data = NOTHING;
        JsonNode event = NOTHING;
        String problem = null;
        if (body.length > LARGEST) {
            return new OrderMessage(
                    identity(properties, NOTHING),
                    correlation(properties, NOTHING),
                    NOTHING,
                    properties.getReplyTo(),
                    "the message has more than " + LARGEST + " bytes");
        }
        try {
            JsonNode whole = JSON.readTree(body);
            if (isStructured(properties, whole)) {
                event = whole;
                data = data(whole);
            } else {
                data = whole;
            }
            if (!data.isObject()) {
                problem = "the message has no JSON object with an order";
            }
        } catch (JacksonException e) {
            // Not the parser's own message: it may quote a password.
            problem = "the message is not JSON: "
                    + (e.getLocation() == null
                            ? "it cannot be read"
                            : "line " + e.getLocation().getLineNr() + ", column "
                                    + e.getLocation().getColumnNr());
        }
        return new OrderMessage(
                identity(properties, event), correlation(properties, event), data, properties.getReplyTo(), problem);
    }

    private static boolean isStructured(BasicProperties properties, JsonNode whole) {
        String type = properties.getContentType();
        return (type != null && type.toLowerCase(Locale.ROOT).startsWith("application/cloudevents"))
                || whole.path("specversion").isString();
    }

    /** CloudEvents' {@code data} is JSON, and with some senders a text that is JSON, or that in Base64. */
    private static JsonNode data(JsonNode event) {
        JsonNode data = event.path("data");
        if (data.isString()) {
            return JSON.readTree(data.stringValue());
        }
        JsonNode encoded = event.path("data_base64");
        if (data.isMissingNode() && encoded.isString()) {
            try {
                return JSON.readTree(Base64.getDecoder().decode(encoded.stringValue()));
            } catch (IllegalArgumentException e) {
                return NOTHING;
            }
        }
        return data;
    }

    /** The message's identity, if its sender has given it one; otherwise empty. */
    private static String identity(BasicProperties properties, JsonNode event) {
        if (properties.getMessageId() != null && !properties.getMessageId().isEmpty()) {
            return "message " + properties.getMessageId();
        }
        String source = attribute(properties, event, "source");
        String id = attribute(properties, event, "id");
        return id.isEmpty() ? "" : "event " + source + " " + id;
    }

    private static String correlation(BasicProperties properties, JsonNode event) {
        String given = given(properties, event);
        return given.length() <= LONGEST_CORRELATION ? given : given.substring(0, LONGEST_CORRELATION);
    }

    private static String given(BasicProperties properties, JsonNode event) {
        for (String name : List.of("correlationid", "correlation_id")) {
            String value = attribute(properties, event, name);
            if (!value.isEmpty()) {
                return value;
            }
        }
        String property = properties.getCorrelationId();
        if (property != null && !property.isEmpty()) {
            return property;
        }
        return Objects.requireNonNullElse(properties.getMessageId(), "");
    }

    /** An attribute of the CloudEvent, in whatever form; empty if there is none. */
    private static String attribute(BasicProperties properties, JsonNode event, String name) {
        if (event.path(name).isString()) {
            return event.path(name).stringValue();
        }
        Map<String, Object> headers = properties.getHeaders();
        if (headers != null) {
            for (String prefix : BINARY_PREFIXES) {
                Object value = headers.get(prefix + name);
                if (value != null) {
                    return value.toString();
                }
            }
        }
        return "";
    }

    /** The message's identity; empty if its sender has given it none. */
    String identity() {
        return identity;
    }

    /** The sender's correlation id; may be empty. */
    String correlation() {
        return correlation;
    }

    /**
     * The destination that the sender requests for the outcome.
     *
     * @param exchange the exchange for topics without one; empty if there is none
     * @return null if none was named
     */
    @Nullable
    PublishAddress reply(String exchange) {
        JsonNode outcome = data.path("outcome");
        String key = first(outcome, "routingKey", "routing-key", "routing_key");
        if (outcome.path("exchange").isString()) {
            return new PublishAddress(outcome.path("exchange").stringValue(), key);
        }
        String queue = first(outcome, "queue");
        if (!queue.isEmpty()) {
            return new PublishAddress("", queue);
        }
        String topic = key.isEmpty() ? first(outcome, "pulsar-topic") : key;
        if (!topic.isEmpty() && !exchange.isEmpty()) {
            return new PublishAddress(exchange, topic);
        }
        return replyTo == null || replyTo.isEmpty() ? null : new PublishAddress("", replyTo);
    }

    private static String first(JsonNode node, String... names) {
        for (String name : names) {
            if (node.path(name).isString()) {
                return node.path(name).stringValue();
            }
        }
        return "";
    }

    /** The source, for people, as far as it is readable; without possible secrets. */
    String source() {
        JsonNode source = data.path("source");
        if (source.path("url").isString()) {
            return source.path("url")
                    .stringValue()
                    .replaceAll("//[^/@]*@", "//")
                    .replaceAll("[?#].*", "");
        }
        String bucket = first(source.path("bucket"), "name");
        String key = first(source.path("object"), "key");
        return bucket.isEmpty() && key.isEmpty() ? "" : bucket + ":" + key;
    }

    /** The destination, likewise. */
    String destination() {
        String host = first(data.path("destination"), "host");
        String path = first(data.path("destination"), "path");
        return host.isEmpty() ? path : host + ":" + path;
    }

    /**
     * The order.
     *
     * @param id the id of its job
     * @param remote the remote of those that name no host
     * @throws OrderMessageException it is not a valid order
     */
    PushOrder order(String id, Remotes remotes, String remote) throws OrderMessageException {
        if (problem != null) {
            throw new OrderMessageException(problem);
        }
        JsonNode source = section(data, "source", "source");
        JsonNode destination = section(data, "destination", "destination");
        String path = required(destination, "path", "destination.path");
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            throw new OrderMessageException("destination.path must be absolute, such as /in/reel.mxf");
        }
        boolean isUrl = source.has("url");
        Remote target = null;
        String where = remote + ":" + path;
        if (destination.hasNonNull("host")) {
            Remote known = known(destination, remotes);
            JsonNode credentials = destination.path("credentials");
            if (credentials.isObject()) {
                target = with(known, credentials);
                where = path;
            } else {
                where = known.name() + ":" + path;
            }
        } else if (remotes.find(remote).isEmpty()) {
            throw new OrderMessageException(
                    "destination.host is missing, and no remote is named " + remote + " (amqp.remote)");
        }
        return PushOrder.builder(isUrl ? url(source) : object(source), where, "amqp")
                .headers(isUrl ? headers(source) : Map.of())
                .remote(target)
                .correlation(correlation)
                .id(id)
                .build();
    }

    private static JsonNode section(JsonNode node, String name, String key) throws OrderMessageException {
        JsonNode section = node.path(name);
        if (!section.isObject()) {
            throw new OrderMessageException(key + " is missing or not an object");
        }
        return section;
    }

    private static String required(JsonNode node, String name, String key) throws OrderMessageException {
        JsonNode value = node.path(name);
        if (!value.isString() || value.stringValue().isEmpty()) {
            throw new OrderMessageException(key + " is missing or not a string");
        }
        return value.stringValue();
    }

    private static String object(JsonNode source) throws OrderMessageException {
        String bucket = required(section(source, "bucket", "source.bucket"), "name", "source.bucket.name");
        String key = required(section(source, "object", "source.object"), "key", "source.object.key");
        if (!NameRule.BUCKET.accepts(bucket)) {
            throw new OrderMessageException("source.bucket.name is not a valid bucket name");
        }
        if (key.endsWith("/")) {
            throw new OrderMessageException("source.object.key must not end with /: a message names one object");
        }
        // Wildcards are literal in messages.
        return bucket + ":" + key.replaceAll("[\\\\*?]", "\\\\$0");
    }

    private static String url(JsonNode source) throws OrderMessageException {
        String text = required(source, "url", "source.url");
        try {
            URI url = URI.create(text);
            if (("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()))
                    && url.getHost() != null
                    && url.getRawUserInfo() == null) {
                return text;
            }
        } catch (IllegalArgumentException e) {
            // Said below, without the URL, which may have a secret in it.
        }
        throw new OrderMessageException(
                "source.url must be a URL that starts with http:// or https://, with a host and without a user");
    }

    private static Map<String, String> headers(JsonNode source) throws OrderMessageException {
        Map<String, String> headers = new HashMap<>();
        JsonNode given = source.path("headers");
        if (!given.isObject() && !given.isNull() && !given.isMissingNode()) {
            throw new OrderMessageException("source.headers is not an object");
        }
        for (Map.Entry<String, JsonNode> header : given.properties()) {
            if (!HEADER_NAME.matcher(header.getKey()).matches()) {
                throw new OrderMessageException("source.headers contains an invalid header name");
            }
            JsonNode value = header.getValue();
            if (!value.isString() || value.stringValue().chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
                throw new OrderMessageException("source.headers." + header.getKey() + " is not a single line of text");
            }
            headers.put(header.getKey(), value.stringValue());
        }
        JsonNode credentials = source.path("credentials");
        if (credentials.isObject()) {
            String user = required(credentials, "username", "source.credentials.username");
            String password = required(credentials, "password", "source.credentials.password");
            headers.put(
                    "Authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)));
        } else if (!credentials.isNull() && !credentials.isMissingNode()) {
            throw new OrderMessageException("source.credentials must be an object with username and password");
        }
        return headers;
    }

    /** The remote with the host of the message: only its host key is trusted, and files are only sent there. */
    private static Remote known(JsonNode destination, Remotes remotes) throws OrderMessageException {
        String host = required(destination, "host", "destination.host");
        JsonNode port = destination.path("port");
        if (!port.isMissingNode() && !port.isInt()) {
            throw new OrderMessageException("destination.port is not a number");
        }
        List<Remote> there = remotes.all().stream()
                .filter(remote -> remote.host().equalsIgnoreCase(host)
                        && (port.isMissingNode() || remote.port() == port.intValue()))
                .toList();
        JsonNode credentials = destination.path("credentials");
        if (credentials.isString()) {
            List<Remote> named = there.stream()
                    .filter(remote -> remote.name().equals(credentials.stringValue()))
                    .toList();
            there = named.isEmpty() ? there : named;
        } else if (!credentials.isObject() && !credentials.isNull() && !credentials.isMissingNode()) {
            throw new OrderMessageException("destination.credentials is neither an object nor the name of a remote");
        }
        if (there.isEmpty()) {
            throw new OrderMessageException(
                    "no remote has the host in destination.host: add one, so that its host key is known");
        }
        if (there.size() > 1 && !credentials.isObject()) {
            throw new OrderMessageException(
                    "several remotes have the host in destination.host: destination.credentials must name one of them");
        }
        return there.getFirst();
    }

    private static Remote with(Remote known, JsonNode credentials) throws OrderMessageException {
        String user = first(credentials, "username", "user");
        String password = first(credentials, "password");
        String key = first(credentials, "privateKey", "private-key", "private_key");
        if (user.isEmpty() || password.isEmpty() == key.isEmpty()) {
            throw new OrderMessageException(
                    "destination.credentials must have a username, and either a password or a privateKey");
        }
        String passphrase = first(credentials, "passphrase");
        Credentials proof = key.isEmpty()
                ? new Credentials.Password(password)
                : new Credentials.PrivateKey(key, passphrase.isEmpty() ? null : passphrase);
        return new Remote(
                known.name(),
                known.host(),
                known.port(),
                user,
                proof,
                known.hostKeys(),
                known.folders(),
                known.mode(),
                known.maxJobs(),
                known.maxChannels(),
                known.freeSpacePercentage(),
                known.fileSystem(),
                known.dotFiles());
    }
}

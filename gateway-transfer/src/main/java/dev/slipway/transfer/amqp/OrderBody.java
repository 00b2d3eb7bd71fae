package dev.slipway.transfer.amqp;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.NameRule;
import dev.slipway.transfer.job.Retries;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.TransferMode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The order in a message. Its problems are collected, and none of them quotes what may be a secret. */
final class OrderBody {
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}");
    private static final int HIGHEST_PRIORITY = 100;
    private static final String SECRET_STORE = "paths of a secret store, such as Vault, are not read";
    private static final String PATH = "an absolute path such as /in/reel.mxf";

    private record Order(
            @Nullable Source source,
            @Nullable Destination destination,
            @Nullable Options options) {}

    private record Options(
            boolean overwrite,
            boolean makeFolders,
            boolean allowEmpty,
            @Nullable TransferMode mode,
            int priority,
            @Nullable Instant deadline,
            @Nullable Integer attempts,
            @Nullable Duration firstPause,
            @Nullable Duration longestPause) {}

    private record Source(
            @Nullable Domain domain,
            @Nullable Bucket bucket,
            @Nullable StoredObject object,
            @Nullable String url,
            @Nullable JsonNode headers,
            @Nullable JsonNode credentials) {}

    private record Domain(@Expected("the name of the store") String name) {}

    private record Bucket(@Expected("a bucket name") String name) {}

    private record StoredObject(
            @Expected("the key of one object") String key) {}

    private record Destination(
            @Expected(PATH) String path,
            @Nullable String host,
            @Nullable Integer port,
            @Nullable JsonNode credentials) {}

    private record SourceLogin(
            @Nullable String username, @Nullable String password) {}

    private record RemoteLogin(
            @JsonAlias("user") @Nullable String username,
            @Nullable String password,

            @JsonAlias({"private-key", "private_key"}) @Nullable
            String privateKey,

            @Nullable String passphrase) {}

    private record Reply(
            @Nullable String exchange,

            @JsonAlias({"routing-key", "routing_key"}) @Nullable
            String routingKey,

            @Nullable String queue,
            @JsonAlias("pulsar-topic") @Nullable String pulsarTopic) {}

    private final JsonBody body;
    private final Order order;
    private final Reply reply;
    private final List<FieldProblem> wrong = new ArrayList<>();

    OrderBody(JsonNode data) {
        body = JsonBody.lenient(data);
        order = body.read(Order.class);
        reply = JsonBody.lenient(data.path("outcome")).read(Reply.class);
    }

    private static boolean isGiven(@Nullable String text) {
        return text != null && !text.isEmpty();
    }

    /**
     * The destination that the sender requests for the outcome.
     *
     * @param exchange the exchange for topics without one; empty if there is none
     * @return null if none was named
     */
    @Nullable
    PublishAddress reply(String exchange) {
        String key = Objects.requireNonNullElse(reply.routingKey(), "");
        if (reply.exchange() != null) {
            return new PublishAddress(reply.exchange(), key);
        }
        if (reply.queue() != null && !reply.queue().isEmpty()) {
            return new PublishAddress("", reply.queue());
        }
        String topic = key.isEmpty() ? Objects.requireNonNullElse(reply.pulsarTopic(), "") : key;
        return topic.isEmpty() || exchange.isEmpty() ? null : new PublishAddress(exchange, topic);
    }

    /** The source, for people, as far as it is readable; without possible secrets. */
    String source() {
        Source source = order.source();
        if (source == null) {
            return "";
        }
        if (source.url() != null) {
            return source.url().replaceAll("//[^/@]*@", "//").replaceAll("[?#].*", "");
        }
        String bucket = source.bucket() == null ? "" : source.bucket().name();
        String key = source.object() == null ? "" : source.object().key();
        return bucket.isEmpty() && key.isEmpty() ? "" : bucket + ":" + key;
    }

    /** The destination, likewise. */
    String destination() {
        Destination destination = order.destination();
        if (destination == null) {
            return "";
        }
        return isGiven(destination.host()) ? destination.host() + ":" + destination.path() : destination.path();
    }

    /** The host that the message names; empty if it names none. */
    String host() {
        Destination destination = order.destination();
        return destination == null ? "" : Objects.requireNonNullElse(destination.host(), "");
    }

    /**
     * The order, without an id.
     *
     * @throws OrderMessageException it is not a valid order; the message names every problem
     */
    PushOrder.Builder push(OrderRules rules) throws OrderMessageException {
        wrong.clear();
        Source source = order.source();
        Destination destination = order.destination();
        String from = source == null
                ? refuse("source", "it is missing", "an object with bucket and object, or with url")
                : source.url() != null ? url(source.url()) : object(source, rules);
        Map<String, String> headers = source == null || source.url() == null ? Map.of() : headers(source);
        Target target = destination == null ? null : target(destination, rules.remotes(), rules.remote());
        if (target == null) {
            refuse("destination", "it is missing", "an object with path");
        }
        Options options = order.options();
        Retries retries = options == null ? Retries.USUAL : retries(options);
        List<FieldProblem> problems = body.problems(wrong);
        if (target == null || !problems.isEmpty()) {
            throw new OrderMessageException(
                    problems.stream().map(FieldProblem::toString).collect(Collectors.joining("; ")));
        }
        PushOrder.Builder push = PushOrder.builder(from, target.place(), "amqp")
                .headers(headers)
                .remote(target.remote())
                .resources(rules.resources())
                .retries(retries);
        return options == null
                ? push
                : push.overwrite(options.overwrite())
                        .makeFolders(options.makeFolders())
                        .allowEmpty(options.allowEmpty())
                        .mode(options.mode())
                        .priority(options.priority())
                        .deadline(options.deadline());
    }

    private Retries retries(Options options) {
        if (Math.abs(options.priority()) > HIGHEST_PRIORITY) {
            refuse("options.priority", "it is " + options.priority(), "a whole number from -100 to 100");
        }
        if (options.attempts() != null && options.attempts() < 1) {
            refuse("options.attempts", "it is " + options.attempts(), "a whole number of at least 1");
            return Retries.USUAL;
        }
        if (isNothing("options.firstPause", options.firstPause())
                || isNothing("options.longestPause", options.longestPause())) {
            return Retries.USUAL;
        }
        return new Retries(options.attempts(), options.firstPause(), options.longestPause());
    }

    private boolean isNothing(String field, @Nullable Duration pause) {
        boolean isNothing = pause != null && !pause.isPositive();
        if (isNothing) {
            refuse(field, "it is 0", "a duration such as 30s, 10m or 12h");
        }
        return isNothing;
    }

    private String refuse(String field, String detail, String expected) {
        wrong.add(new FieldProblem(field, detail, expected));
        return "";
    }

    private String object(Source source, OrderRules rules) {
        Bucket bucket = source.bucket();
        if (source.domain() != null && !rules.isStore(source.domain().name(), bucket == null ? null : bucket.name())) {
            refuse("source.domain.name", "it is not the gateway's store", rules.expected());
        }
        if (source.bucket() == null) {
            refuse("source.bucket", "it is missing", "an object with name");
        } else if (!NameRule.BUCKET.accepts(source.bucket().name())) {
            refuse("source.bucket.name", "it is not a valid bucket name", NameRule.BUCKET.expected());
        }
        if (source.object() == null) {
            refuse("source.object", "it is missing", "an object with key");
        } else if (source.object().key().endsWith("/")) {
            refuse("source.object.key", "it ends with /", "the key of one object");
        }
        // Wildcards are literal in messages.
        return source.bucket() == null || source.object() == null
                ? ""
                : source.bucket().name() + ":" + source.object().key().replaceAll("[\\\\*?]", "\\\\$0");
    }

    private String url(String text) {
        try {
            URI url = URI.create(text);
            if (("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()))
                    && url.getHost() != null
                    && url.getRawUserInfo() == null) {
                return text;
            }
            if (url.getScheme() != null
                    && url.getRawUserInfo() == null
                    && !url.getScheme().startsWith("http")) {
                return refuse(
                        "source.url",
                        "Slipway does not fetch from " + url.getScheme().toLowerCase(Locale.ROOT) + ": URLs",
                        "a URL that starts with http:// or https://");
            }
        } catch (IllegalArgumentException e) {
            // Said below, without the URL, which may have a secret in it.
        }
        return refuse(
                "source.url",
                "it is not valid",
                "a URL that starts with http:// or https://, with a host and without a user");
    }

    private Map<String, String> headers(Source source) {
        Map<String, String> headers = new HashMap<>();
        JsonNode given = source.headers();
        if (given != null && !given.isObject() && !given.isNull()) {
            refuse("source.headers", "it is not an object", "an object of strings");
        } else if (given != null) {
            given.properties().forEach(header -> {
                JsonNode value = header.getValue();
                if (!HEADER_NAME.matcher(header.getKey()).matches()) {
                    refuse("source.headers", "it contains an invalid header name", "names of HTTP headers");
                } else if (!value.isString() || value.stringValue().chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
                    refuse("source.headers." + header.getKey(), "it is not valid", "a single line of text");
                } else {
                    headers.put(header.getKey(), value.stringValue());
                }
            });
        }
        JsonNode credentials = source.credentials();
        if (credentials != null && credentials.isString()) {
            refuse("source.credentials", SECRET_STORE, "an object with username and password");
        } else if (credentials != null && !credentials.isNull()) {
            SourceLogin login = JsonBody.lenient(credentials).read(SourceLogin.class);
            if (!isGiven(login.username()) || !isGiven(login.password())) {
                refuse("source.credentials", "it is not valid", "an object with username and password");
            }
            byte[] both = (login.username() + ":" + login.password()).getBytes(StandardCharsets.UTF_8);
            headers.put("Authorization", "Basic " + Base64.getEncoder().encodeToString(both));
        }
        return headers;
    }

    /**
     * Where files go.
     *
     * @param place as {@link PushOrder#destination}
     * @param remote an unnamed remote; null for the one that the place names
     */
    private record Target(String place, @Nullable Remote remote) {}

    private Target target(Destination destination, Remotes remotes, String remote) {
        String path = destination.path();
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            refuse("destination.path", "it is not absolute", PATH);
        }
        if (destination.host() == null) {
            if (remotes.find(remote).isEmpty()) {
                refuse(
                        "destination.host",
                        "it is missing, and no remote is named " + remote + " (amqp.remote)",
                        "the host of a remote");
            }
            return new Target(remote + ":" + path, null);
        }
        Remote known = known(destination, destination.host(), remotes);
        JsonNode credentials = destination.credentials();
        if (known == null) {
            return new Target(path, null);
        }
        return credentials != null && credentials.isObject()
                ? new Target(path, with(known, credentials))
                : new Target(known.name() + ":" + path, null);
    }

    /** The remote with the host of the message: only its host key is trusted, and files are only sent there. */
    private @Nullable Remote known(Destination destination, String host, Remotes remotes) {
        Integer port = destination.port();
        List<Remote> there = remotes.all().stream()
                .filter(remote -> remote.host().equalsIgnoreCase(host) && (port == null || remote.port() == port))
                .toList();
        JsonNode credentials = destination.credentials();
        if (credentials != null && credentials.isString()) {
            List<Remote> named = there.stream()
                    .filter(remote -> remote.name().equals(credentials.stringValue()))
                    .toList();
            if (named.isEmpty() && !there.isEmpty()) {
                refuse(
                        "destination.credentials",
                        "no remote with the host has that name; " + SECRET_STORE,
                        "the name of a remote, or an object with username and password");
                return there.getFirst();
            }
            there = named;
        } else if (credentials != null && !credentials.isObject() && !credentials.isNull()) {
            refuse(
                    "destination.credentials",
                    "it is neither an object nor a string",
                    "an object, or the name of a remote");
        }
        if (there.isEmpty()) {
            refuse("destination.host", "no remote has the host", "the host of a remote, so that its host key is known");
            return null;
        }
        if (there.size() > 1 && (credentials == null || !credentials.isObject())) {
            refuse("destination.credentials", "several remotes have the host", "the name of one of them");
        }
        return there.getFirst();
    }

    private Remote with(Remote known, JsonNode credentials) {
        RemoteLogin login = JsonBody.lenient(credentials).read(RemoteLogin.class);
        String user = Objects.requireNonNullElse(login.username(), "");
        String password = Objects.requireNonNullElse(login.password(), "");
        String key = Objects.requireNonNullElse(login.privateKey(), "");
        if (user.isEmpty() || password.isEmpty() == key.isEmpty()) {
            refuse(
                    "destination.credentials",
                    "it is not valid",
                    "an object that has a username, and either a password or a privateKey");
        }
        Credentials proof = key.isEmpty()
                ? new Credentials.Password(password)
                : new Credentials.PrivateKey(key, isGiven(login.passphrase()) ? login.passphrase() : null);
        return known.withLogin(user, proof);
    }
}

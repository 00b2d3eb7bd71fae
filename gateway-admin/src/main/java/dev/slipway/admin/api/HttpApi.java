package dev.slipway.admin.api;

import dev.slipway.admin.http.HttpExchange;
import dev.slipway.admin.http.HttpHandler;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Principal;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.VfsException;
import dev.slipway.core.account.Network;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.state.StateException;
import dev.slipway.transfer.json.JsonBody;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.SecretKeyException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API: finds the route of a request, authenticates it, and writes the response. Only a complete and authorised
 * request takes one of the limited places. Blocks; called by several threads at once, each for one request.
 */
public final class HttpApi implements HttpHandler, AutoCloseable {
    /** The prefix of all paths of the API. */
    public static final String PATH = Routes.BASE;

    private static final Logger log = LoggerFactory.getLogger(HttpApi.class);

    private static final int LARGEST_BODY = 256 * 1024;

    /** Maximum body size before authentication. */
    private static final int LARGEST_OPEN_BODY = 8 * 1024;

    private static final int MOST_REQUESTS = 64;

    private final ApiSettings settings;
    private final Events events;
    private final Clock clock;
    private final Callers callers;
    private final JobEvents jobEvents;
    private final OverviewEvents overviewEvents;
    private final @Nullable FileSessions fileSessions;
    private final List<Route> routes;
    private final Semaphore places = new Semaphore(MOST_REQUESTS);
    private final OpenPlaces openPlaces = new OpenPlaces();

    /** @param events receives changes and refusals */
    public HttpApi(ApiServices services, ApiSettings settings, Events events, Clock clock) {
        this.settings = settings;
        this.events = events;
        this.clock = clock;
        callers = new Callers(services, settings, clock);
        jobEvents = new JobEvents(services.jobs(), settings.heartbeat());
        overviewEvents = new OverviewEvents(settings);
        fileSessions = services.files(callers.logins(), clock);
        routes = Routes.of(services, callers, jobEvents, overviewEvents, fileSessions, clock);
        if (!settings.isSafe()) {
            log.warn("The API is not served because admin.bind is not a loopback address. Set admin.tls, or"
                    + " admin.tlsProxy if a TLS proxy is in front");
        }
    }

    /** All routes. */
    List<Route> routes() {
        return routes;
    }

    /** The number of open streams of jobs. */
    int streams() {
        return jobEvents.streams();
    }

    /** The number of open streams of the overview. */
    int overviewStreams() {
        return overviewEvents.streams();
    }

    /** Whether requests are answered here, and so pages that use them. */
    public boolean isServed() {
        return settings.isSafe();
    }

    /** The state of a request while it is handled. */
    private static final class Call {
        private @Nullable Principal principal;
        private String claimed = "";
        private boolean changes;
        private Set<String> parameters = Set.of();
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        Instant start = clock.instant();
        Call call = new Call();
        ApiResponse response = answer(exchange, call);
        if (call.changes || response.status() == 401 || response.status() == 403) {
            publish(exchange, call, start, response.status());
        }
        send(exchange, response);
    }

    static ProblemException busy() {
        return new ProblemException(ProblemType.UNAVAILABLE, "too many requests are in progress; try again in a second")
                .withHeader("Retry-After", "1");
    }

    private void publish(HttpExchange exchange, Call call, Instant start, int status) {
        Principal principal = call.principal;
        events.publish(new GatewayEvent.ApiCalled(
                start,
                principal == null ? call.claimed : principal.name(),
                address(exchange),
                exchange.method(),
                exchange.path(),
                status,
                Duration.between(start, clock.instant())));
    }

    private ApiResponse answer(HttpExchange exchange, Call call) {
        try {
            return dispatch(exchange, call);
        } catch (ProblemException e) {
            return e.response();
        } catch (ManagementException e) {
            ProblemType type = switch (e.reason()) {
                case UNKNOWN_ACCOUNT,
                        UNKNOWN_KEY,
                        UNKNOWN_REMOTE,
                        UNKNOWN_JOB,
                        UNKNOWN_UPLOAD,
                        UNKNOWN_SESSION,
                        UNKNOWN_PULL,
                        UNKNOWN_RETENTION,
                        UNKNOWN_WATCH,
                        UNKNOWN_ARCHIVE,
                        UNKNOWN_TOKEN -> ProblemType.NOT_FOUND;
                case ALREADY_EXISTS, TOKEN_EXISTS, READ_ONLY, WRONG_STATE, NO_QUOTA -> ProblemType.CONFLICT;
                case FORBIDDEN -> ProblemType.FORBIDDEN;
                case NOT_AVAILABLE -> ProblemType.NOT_AVAILABLE;
            };
            return new ProblemException(type, String.valueOf(e.getMessage())).response();
        } catch (VfsException e) {
            return FileProblems.of(e).response();
        } catch (PushOrderException e) {
            ProblemType type = switch (e.reason()) {
                case INVALID -> ProblemType.ORDER_REFUSED;
                case CONFLICT -> ProblemType.CONFLICT;
            };
            return new ProblemException(type, String.valueOf(e.getMessage())).response();
        } catch (RemoteException e) {
            ProblemType type =
                    e.failure() == RemoteFailure.TIMEOUT ? ProblemType.REMOTE_TIMEOUT : ProblemType.REMOTE_FAILED;
            return new ProblemException(type, String.valueOf(e.getMessage()))
                    .with("failure", e.failure().name())
                    .response();
        } catch (InvalidFieldsException e) {
            boolean isQuery = call.parameters.contains(e.problems().getFirst().field());
            return ProblemException.invalid(isQuery ? "query" : "body", e.problems())
                    .response();
        } catch (SecretKeyException e) {
            return new ProblemException(ProblemType.NOT_AVAILABLE, String.valueOf(e.getMessage())).response();
        } catch (StateException e) {
            log.error("A request failed because of the state database", e);
            return new ProblemException(ProblemType.UNAVAILABLE, "the state database is unavailable; try again later")
                    .withHeader("Retry-After", "5")
                    .response();
        } catch (RuntimeException e) {
            log.error("{} {} failed because of an internal error", exchange.method(), exchange.path(), e);
            return new ProblemException(ProblemType.INTERNAL, "internal error in the gateway; see its log").response();
        }
    }

    private ApiResponse dispatch(HttpExchange exchange, Call call)
            throws ManagementException, PushOrderException, RemoteException, VfsException {
        if (!settings.isSafe()) {
            throw new ProblemException(
                    ProblemType.INSECURE_LISTENER,
                    "this listener can be reached from other machines without TLS: set admin.tls, or admin.tlsProxy if"
                            + " a TLS proxy is in front");
        }
        String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
        List<String> segments = segments(exchange);
        TreeSet<String> methods = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> names = route.match(segments);
            if (names != null && route.method().equals(method)) {
                return call(exchange, route, names, call);
            }
            if (names != null) {
                methods.add(route.method());
            }
        }
        if (methods.isEmpty()) {
            throw ProblemException.notFound("no such path; " + Routes.BASE + "/openapi.json lists all paths");
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        throw new ProblemException(
                        ProblemType.METHOD_NOT_ALLOWED, "this resource has " + String.join(", ", methods) + " only")
                .withHeader("Allow", String.join(", ", methods));
    }

    private static List<String> segments(HttpExchange exchange) {
        String path = exchange.path();
        if (!path.startsWith(Routes.BASE + "/")) {
            return List.of();
        }
        List<String> decoded = new ArrayList<>();
        for (String segment : Route.segments(path.substring(Routes.BASE.length()))) {
            try {
                decoded.add(decode(segment.replace("+", "%2B")));
            } catch (IllegalArgumentException e) {
                throw ProblemException.notFound("the path is not encoded according to RFC 3986, in UTF-8");
            }
        }
        return decoded;
    }

    /** @throws IllegalArgumentException it is not percent-encoded, or not UTF-8, which could be taken for another name */
    private static String decode(String text) {
        byte[] bytes = URLDecoder.decode(text, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private ApiResponse call(HttpExchange exchange, Route route, Map<String, String> names, Call call)
            throws ManagementException, PushOrderException, RemoteException, VfsException {
        InetAddress address = address(exchange);
        call.changes = route.changes();
        call.parameters = route.query();
        Callers.Caller sender = null;
        if (!(route.access() instanceof Access.Public)) {
            sender = callers.authenticate(exchange::header, address);
            call.principal = sender.principal();
            callers.authorize(sender, route.access(), route.changes(), exchange::header);
            exchange.keep();
        }
        byte[] body = route.body() == Route.Body.FILE
                ? new byte[0]
                : body(exchange, sender == null ? LARGEST_OPEN_BODY : LARGEST_BODY);
        ApiRequest request = new ApiRequest(
                sender,
                address,
                names,
                query(exchange, route),
                exchange::header,
                name -> call.claimed = name,
                () -> input(exchange, body),
                () -> content(exchange));
        if (route.body() == Route.Body.FILE) {
            // Takes long, and has limits of its own.
            return route.handler().handle(request);
        }
        Network client = Network.ofClient(address);
        if (!(sender == null ? openPlaces.take(client) : places.tryAcquire())) {
            throw busy();
        }
        try {
            return route.handler().handle(request);
        } finally {
            if (sender == null) {
                openPlaces.giveBack(client);
            } else {
                places.release();
            }
        }
    }

    private static Map<String, String> query(HttpExchange exchange, Route route) {
        Map<String, String> parameters = new LinkedHashMap<>();
        String query = exchange.query();
        if (query == null || query.isEmpty()) {
            return parameters;
        }
        List<FieldProblem> errors = new ArrayList<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value;
            try {
                name = decode(name);
                value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            } catch (IllegalArgumentException e) {
                errors.add(new FieldProblem(name, "it is not encoded correctly", "percent-encoded UTF-8"));
                continue;
            }
            if (!route.query().contains(name)) {
                errors.add(new FieldProblem(
                        name,
                        "unknown parameter",
                        route.query().isEmpty()
                                ? "no parameters"
                                : "one of " + route.query().stream().sorted().collect(Collectors.joining(", "))));
            } else if (parameters.put(name, value) != null) {
                errors.add(new FieldProblem(name, "it is given twice", "each parameter once"));
            }
        }
        if (!errors.isEmpty()) {
            throw ProblemException.invalid("query", errors);
        }
        return parameters;
    }

    private static byte[] body(HttpExchange exchange, int limit) {
        try {
            return exchange.body(limit);
        } catch (HttpExchange.BodyTooLargeException e) {
            throw new ProblemException(ProblemType.TOO_LARGE, "the body has more than " + limit / 1024 + " KiB");
        } catch (HttpExchange.BusyException e) {
            throw busy();
        } catch (IOException e) {
            throw new ProblemException(ProblemType.TIMEOUT, "the body did not arrive completely, or not in time");
        }
    }

    private static HttpExchange.Content content(HttpExchange exchange) {
        try {
            return exchange.receive();
        } catch (HttpExchange.BusyException e) {
            throw busy();
        } catch (IOException e) {
            throw new ProblemException(ProblemType.TIMEOUT, String.valueOf(e.getMessage()));
        }
    }

    private static JsonBody input(HttpExchange exchange, byte[] body) {
        String type = Objects.requireNonNullElse(exchange.header("Content-Type"), "");
        if (!type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(ApiResponse.JSON)) {
            throw new ProblemException(
                    ProblemType.UNSUPPORTED_TYPE,
                    "the Content-Type is " + (type.isEmpty() ? "missing" : "'" + type + "'")
                            + "; expected application/json");
        }
        return JsonBody.strict(ApiJson.read(body));
    }

    /** The client's address, or the one that the proxy has seen. */
    private InetAddress address(HttpExchange exchange) {
        InetAddress peer = exchange.peer();
        List<String> forwarded = exchange.headers("X-Forwarded-For");
        if (!settings.tlsProxy() || forwarded.isEmpty()) {
            return peer;
        }
        String last = forwarded.getLast();
        try {
            // Earlier entries may be forged by the client.
            return InetAddress.ofLiteral(
                    last.substring(last.lastIndexOf(',') + 1).strip());
        } catch (IllegalArgumentException e) {
            return peer;
        }
    }

    private static void send(HttpExchange exchange, ApiResponse response) throws IOException {
        ApiResponse.Stream stream = response.stream();
        if (stream == null) {
            exchange.answer(
                    response.status(), response.headers(), response.body().getBytes(StandardCharsets.UTF_8));
            return;
        }
        try (stream) {
            OutputStream out = exchange.stream(response.status(), response.headers());
            if (!exchange.method().equals("HEAD")) {
                stream.write(out);
            }
            out.close();
        } catch (InterruptedException | InterruptedIOException e) {
            // The reader is too slow, or the gateway stops: either way the connection ends here.
            log.debug("A stream ended");
        }
    }

    /** Ends all streams and the sessions of accounts. */
    @Override
    public void close() {
        if (fileSessions != null) {
            fileSessions.close();
        }
        jobEvents.close();
        overviewEvents.close();
    }
}

package dev.slipway.admin.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.slipway.core.account.Role;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.state.StateException;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.InvalidRemoteException;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.RemoteProblem;
import dev.slipway.transfer.remote.SecretKeyException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URLDecoder;
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
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API, as a handler of the JDK's HTTP server: finds the route of a request, asks who has sent it, and writes the
 * answer. Blocks, and is called by several threads at once, each of them for one request.
 */
public final class HttpApi implements HttpHandler, AutoCloseable {
    /** Where all paths of the API begin. */
    public static final String PATH = Routes.BASE;

    private static final Logger log = LoggerFactory.getLogger(HttpApi.class);

    private static final int LARGEST_BODY = 256 * 1024;
    private static final int MOST_REQUESTS = 64;

    private final ApiSettings settings;
    private final Events events;
    private final Clock clock;
    private final Callers callers;
    private final JobEvents jobEvents;
    private final List<Route> routes;
    private final Semaphore places = new Semaphore(MOST_REQUESTS);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("api-timer").daemon().factory());

    /** @param events is told of changes and refusals */
    public HttpApi(ApiServices services, ApiSettings settings, Events events, Clock clock) {
        this.settings = settings;
        this.events = events;
        this.clock = clock;
        callers = new Callers(services, settings, clock);
        jobEvents = new JobEvents(services.jobs(), settings.heartbeat());
        routes = Routes.of(services, callers, jobEvents, clock);
        if (!settings.isSafe()) {
            log.warn(
                    "The API is not served: admin.bind is not a loopback address. Set admin.tls, or admin.tlsProxy if a"
                            + " proxy with TLS is before it");
        }
    }

    /** All that can be asked for. */
    List<Route> routes() {
        return routes;
    }

    /** How many streams of events are read. */
    int streams() {
        return jobEvents.streams();
    }

    /** What is known of a request while it is answered. */
    private static final class Call {
        private @Nullable Principal principal;
        private String claimed = "";
        private boolean changes;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        Instant start = clock.instant();
        Call call = new Call();
        try (exchange) {
            boolean place = places.tryAcquire();
            ApiResponse response;
            try {
                response = place ? answer(exchange, call) : busy().response();
            } finally {
                if (place) {
                    places.release();
                }
            }
            if (call.changes || response.status() == 401 || response.status() == 403) {
                publish(exchange, call, start, response.status());
            }
            send(exchange, response);
        }
    }

    static ProblemException busy() {
        return new ProblemException(ProblemType.UNAVAILABLE, "too many requests are under way; try again in a second")
                .withHeader("Retry-After", "1");
    }

    private void publish(HttpExchange exchange, Call call, Instant start, int status) {
        Principal principal = call.principal;
        events.publish(new GatewayEvent.ApiCalled(
                start,
                principal == null ? call.claimed : principal.name(),
                address(exchange),
                exchange.getRequestMethod(),
                String.valueOf(exchange.getRequestURI().getRawPath()),
                status,
                Duration.between(start, clock.instant())));
    }

    private ApiResponse answer(HttpExchange exchange, Call call) {
        try {
            return dispatch(exchange, call);
        } catch (ProblemException e) {
            return e.response();
        } catch (PushOrderException e) {
            return new ProblemException(ProblemType.ORDER_REFUSED, String.valueOf(e.getMessage())).response();
        } catch (RemoteException e) {
            ProblemType type =
                    e.failure() == RemoteFailure.TIMEOUT ? ProblemType.REMOTE_TIMEOUT : ProblemType.REMOTE_FAILED;
            return new ProblemException(type, String.valueOf(e.getMessage()))
                    .with("failure", e.failure().name())
                    .response();
        } catch (InvalidRemoteException e) {
            return ProblemException.invalid(
                            e.problems().stream().map(HttpApi::error).toList())
                    .response();
        } catch (SecretKeyException e) {
            return new ProblemException(ProblemType.NOT_AVAILABLE, String.valueOf(e.getMessage())).response();
        } catch (StateException e) {
            log.error("A request failed with the state database", e);
            return new ProblemException(ProblemType.UNAVAILABLE, "the state database cannot be used; try again later")
                    .withHeader("Retry-After", "5")
                    .response();
        } catch (RuntimeException e) {
            log.error("{} {} failed because of a defect", exchange.getRequestMethod(), exchange.getRequestURI(), e);
            return new ProblemException(ProblemType.INTERNAL, "the gateway has failed; its log says more").response();
        }
    }

    private static FieldError error(RemoteProblem problem) {
        return new FieldError(
                problem.field(),
                FieldError.Place.BODY,
                "it is missing or not valid",
                problem.message().replaceFirst("^must (be |have )?", ""));
    }

    private ApiResponse dispatch(HttpExchange exchange, Call call) throws PushOrderException, RemoteException {
        if (!settings.isSafe()) {
            throw new ProblemException(
                    ProblemType.INSECURE_LISTENER,
                    "this listener can be reached from other machines without TLS: set admin.tls, or admin.tlsProxy if a"
                            + " proxy with TLS is before it");
        }
        String method = exchange.getRequestMethod().equals("HEAD") ? "GET" : exchange.getRequestMethod();
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
            throw ProblemException.notFound("there is no such path; " + Routes.BASE + "/openapi.json has all");
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        throw new ProblemException(
                        ProblemType.METHOD_NOT_ALLOWED, "this resource has " + String.join(", ", methods) + " only")
                .withHeader("Allow", String.join(", ", methods));
    }

    private static List<String> segments(HttpExchange exchange) {
        String path = Objects.requireNonNullElse(exchange.getRequestURI().getRawPath(), "");
        if (!path.startsWith(Routes.BASE + "/")) {
            return List.of();
        }
        List<String> decoded = new ArrayList<>();
        for (String segment : Route.segments(path.substring(Routes.BASE.length()))) {
            decoded.add(decode(segment.replace("+", "%2B")));
        }
        return decoded;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ProblemException.notFound("the path is not encoded as RFC 3986 says");
        }
    }

    private ApiResponse call(HttpExchange exchange, Route route, Map<String, String> names, Call call)
            throws PushOrderException, RemoteException {
        InetAddress address = address(exchange);
        call.changes = route.changes();
        Role role = route.role();
        if (role != null) {
            call.principal = callers.authenticate(exchange.getRequestHeaders()::getFirst, address);
            callers.authorize(call.principal, role, route.changes(), exchange.getRequestHeaders()::getFirst);
        }
        return route.handler()
                .handle(new ApiRequest(
                        call.principal,
                        address,
                        names,
                        query(exchange, route),
                        exchange.getRequestHeaders()::getFirst,
                        name -> call.claimed = name,
                        () -> body(exchange)));
    }

    private static Map<String, String> query(HttpExchange exchange, Route route) {
        Map<String, String> parameters = new LinkedHashMap<>();
        String query = exchange.getRequestURI().getRawQuery();
        if (query == null || query.isEmpty()) {
            return parameters;
        }
        List<FieldError> errors = new ArrayList<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            if (!route.query().contains(name)) {
                errors.add(new FieldError(
                        name,
                        FieldError.Place.QUERY,
                        "there is no such parameter here",
                        route.query().isEmpty()
                                ? "none at all"
                                : "one of " + route.query().stream().sorted().collect(Collectors.joining(", "))));
            } else if (parameters.put(name, value) != null) {
                errors.add(new FieldError(name, FieldError.Place.QUERY, "it is given twice", "each parameter once"));
            }
        }
        if (!errors.isEmpty()) {
            throw ProblemException.invalid(errors);
        }
        return parameters;
    }

    private Input body(HttpExchange exchange) {
        String type = Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Content-Type"), "");
        if (!type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(ApiResponse.JSON)) {
            throw new ProblemException(
                    ProblemType.UNSUPPORTED_TYPE,
                    "the Content-Type is " + (type.isEmpty() ? "missing" : "'" + type + "'")
                            + "; expected application/json");
        }
        byte[] body = read(exchange.getRequestBody());
        if (body.length > LARGEST_BODY) {
            throw new ProblemException(ProblemType.TOO_LARGE, "the body has more than " + LARGEST_BODY / 1024 + " KiB");
        }
        return Input.of(ApiJson.read(body));
    }

    /** Somebody who sends a byte now and then must not keep a thread for ever. */
    private byte[] read(InputStream in) {
        Thread reader = Thread.currentThread();
        Future<?> deadline =
                timer.schedule(reader::interrupt, settings.bodyTime().toMillis(), TimeUnit.MILLISECONDS);
        try {
            return in.readNBytes(LARGEST_BODY + 1);
        } catch (IOException e) {
            throw new ProblemException(ProblemType.TIMEOUT, "the body did not arrive as a whole, or not in time");
        } finally {
            deadline.cancel(false);
            boolean _ = Thread.interrupted();
        }
    }

    /** Who the client is, or whom the proxy before this has seen. */
    private InetAddress address(HttpExchange exchange) {
        InetAddress peer = exchange.getRemoteAddress().getAddress();
        List<String> forwarded = exchange.getRequestHeaders().get("X-Forwarded-For");
        if (!settings.tlsProxy() || forwarded == null) {
            return peer;
        }
        String last = forwarded.getLast();
        try {
            // Whatever comes before it, the client may have made up.
            return InetAddress.ofLiteral(
                    last.substring(last.lastIndexOf(',') + 1).strip());
        } catch (IllegalArgumentException e) {
            return peer;
        }
    }

    private static void send(HttpExchange exchange, ApiResponse response) throws IOException {
        response.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        ApiResponse.Stream stream = response.stream();
        if (stream != null) {
            stream(exchange, response.status(), stream, head);
        } else if (head || response.body().isEmpty()) {
            exchange.sendResponseHeaders(response.status(), -1);
        } else {
            byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(response.status(), body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    private static void stream(HttpExchange exchange, int status, ApiResponse.Stream stream, boolean head)
            throws IOException {
        try {
            exchange.sendResponseHeaders(status, head ? -1 : 0);
            if (!head) {
                stream.write(exchange.getResponseBody());
            }
        } catch (InterruptedException e) {
            // The reader is too slow, or the gateway ends: either way the connection ends here.
            log.debug("A stream was ended");
        } finally {
            stream.close();
        }
    }

    /** Ends all streams. */
    @Override
    public void close() {
        jobEvents.close();
        timer.shutdownNow();
    }
}

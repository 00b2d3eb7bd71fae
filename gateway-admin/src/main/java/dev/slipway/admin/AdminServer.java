package dev.slipway.admin;

import dev.slipway.admin.api.HttpApi;
import dev.slipway.admin.console.ConsolePages;
import dev.slipway.admin.http.HttpExchange;
import dev.slipway.admin.http.HttpListener;
import dev.slipway.admin.http.HttpSettings;
import dev.slipway.console.ConsoleFiles;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The HTTP listener for operators: {@code /healthz}, {@code /readyz} and {@code /metrics}, which need no password and
 * belong on the operator's own network, the API, which requires authentication, and the console, which uses the API.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
    private static final JsonFactory JSON = new JsonFactory();
    private static final String JSON_TYPE = "application/json";

    /** The text format that every Prometheus reads. */
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final String HEALTH = "/healthz";

    private final HttpListener listener;
    private final HttpApi api;
    private final ConsolePages console;
    private final Map<String, Page> pages;

    /** A page that can be requested. */
    private interface Page {
        Response render() throws IOException;
    }

    private record Response(int status, String type, String body) {}

    /**
     * Starts to listen.
     *
     * @param address port 0 picks a free one
     * @param settings whose address and port are resolved in {@code address}. {@code /healthz}, which reveals nothing,
     *     is answered under any host name
     * @param notReady called for each {@code /readyz}: the reasons why clients should not be sent here, for the
     *     operator; empty if ready. Must not block
     * @param api is closed with this
     * @param tls null to speak plain HTTP
     * @throws IOException if the address is not available
     */
    public static AdminServer start(
            InetSocketAddress address,
            HttpSettings settings,
            PrometheusMeterRegistry metrics,
            Supplier<List<String>> notReady,
            HttpApi api,
            @Nullable SSLContext tls)
            throws IOException {
        return new AdminServer(address, settings, metrics, notReady, api, tls);
    }

    private AdminServer(
            InetSocketAddress address,
            HttpSettings settings,
            PrometheusMeterRegistry metrics,
            Supplier<List<String>> notReady,
            HttpApi api,
            @Nullable SSLContext tls)
            throws IOException {
        this.api = api;
        console = new ConsolePages(ConsoleFiles.read(), api.isServed());
        pages = Map.of(
                HEALTH,
                () -> new Response(200, JSON_TYPE, status("alive", List.of())),
                "/readyz",
                () -> ready(notReady.get()),
                "/metrics",
                () -> new Response(200, METRICS_TYPE, metrics.scrape()));
        listener = new HttpListener(address, tls, settings, Set.of(HEALTH), this::handle, metrics);
        String where =
                (tls == null ? "http" : "https") + "://" + listener.address().getHostString() + ":" + port();
        log.info("Metrics, health and the API on {}", where);
        if (console.isAvailable()) {
            log.info("The console on {}{}", where, ConsolePages.PATH);
        }
    }

    /** The listening port. */
    public int port() {
        return listener.address().getPort();
    }

    /** Whether {@link ConsolePages#PATH} leads to the console. */
    public boolean hasConsole() {
        return console.isAvailable();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.path();
        if (path.equals(HttpApi.PATH) || path.startsWith(HttpApi.PATH + "/")) {
            api.handle(exchange);
        } else if (ConsolePages.owns(path)) {
            console.handle(exchange);
        } else {
            answer(exchange, pages.getOrDefault(path, AdminServer::notFound));
        }
    }

    private static Response notFound() {
        return new Response(
                404,
                JSON_TYPE,
                status("not-found", List.of(HEALTH, "/readyz", "/metrics", HttpApi.PATH, ConsolePages.PATH)));
    }

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.answer(405, Map.of("Allow", "GET, HEAD"), new byte[0]);
            return;
        }
        Response response = page.render();
        exchange.answer(
                response.status(),
                Map.of("Content-Type", response.type()),
                response.body().getBytes(StandardCharsets.UTF_8));
    }

    private static Response ready(List<String> reasons) throws IOException {
        return reasons.isEmpty()
                ? new Response(200, JSON_TYPE, status("ready", List.of()))
                : new Response(503, JSON_TYPE, status("not-ready", reasons));
    }

    private static String status(String status, List<String> details) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("status", status);
            if (!details.isEmpty()) {
                json.writeArrayPropertyStart(status.equals("not-found") ? "paths" : "reasons");
                details.forEach(json::writeString);
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }

    /** Stops listening. Does not wait for responses that are being written. */
    @Override
    public void close() {
        api.close();
        listener.close();
    }
}

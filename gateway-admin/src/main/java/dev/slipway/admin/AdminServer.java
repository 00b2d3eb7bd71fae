package dev.slipway.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.slipway.admin.api.HttpApi;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The HTTP listener for operators: {@code /healthz}, {@code /readyz} and {@code /metrics}, which ask nobody for a password
 * and are for the operator's network only, and the API, which does.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
    private static final JsonFactory JSON = new JsonFactory();
    private static final String JSON_TYPE = "application/json";

    /** The text format that every Prometheus reads. */
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer server;
    private final HttpApi api;
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("admin-", 0).factory());

    /** What there is to read. */
    private interface Page {
        Response render() throws IOException;
    }

    private record Response(int status, String type, String body) {}

    /**
     * Starts to listen.
     *
     * @param address port 0 takes a free one
     * @param notReady asked for each {@code /readyz}: why no more clients should be sent here, in words for the operator;
     *     empty if they may come. Must not block
     * @param api is closed with this
     * @param tls null to speak plain HTTP
     * @throws IOException if the address cannot be listened on
     */
    public static AdminServer start(
            InetSocketAddress address,
            PrometheusMeterRegistry metrics,
            Supplier<List<String>> notReady,
            HttpApi api,
            @Nullable SSLContext tls)
            throws IOException {
        return new AdminServer(address, metrics, notReady, api, tls);
    }

    private AdminServer(
            InetSocketAddress address,
            PrometheusMeterRegistry metrics,
            Supplier<List<String>> notReady,
            HttpApi api,
            @Nullable SSLContext tls)
            throws IOException {
        this.api = api;
        server = listen(address, tls);
        server.setExecutor(executor);
        server.createContext(HttpApi.PATH, api);
        add("/healthz", () -> new Response(200, JSON_TYPE, status("alive", List.of())));
        add("/readyz", () -> ready(notReady.get()));
        add("/metrics", () -> new Response(200, METRICS_TYPE, metrics.scrape()));
        add(
                "/",
                () -> new Response(
                        404, JSON_TYPE, status("not-found", List.of("/healthz", "/readyz", "/metrics", HttpApi.PATH))));
        server.start();
        log.info(
                "Metrics, health and the API on {}://{}:{}",
                tls == null ? "http" : "https",
                server.getAddress().getHostString(),
                port());
    }

    private static HttpServer listen(InetSocketAddress address, @Nullable SSLContext tls) throws IOException {
        if (tls == null) {
            return HttpServer.create(address, 0);
        }
        HttpsServer server = HttpsServer.create(address, 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters chosen = tls.getDefaultSSLParameters();
                chosen.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
                parameters.setSSLParameters(chosen);
            }
        });
        return server;
    }

    /** The port that is listened on. */
    public int port() {
        return server.getAddress().getPort();
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

    private void add(String path, Page page) {
        server.createContext(path, exchange -> {
            try (exchange) {
                answer(exchange, path, page);
            } catch (RuntimeException e) {
                log.error("{} failed because of a defect", path, e);
                throw e;
            }
        });
    }

    private static void answer(HttpExchange exchange, String path, Page page) throws IOException {
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            exchange.sendResponseHeaders(405, -1);
            return;
        }
        // A context has whatever begins with its path.
        String asked = Objects.requireNonNullElse(exchange.getRequestURI().getPath(), "");
        Response response = asked.equals(path) || path.equals("/") ? page.render() : new Response(404, JSON_TYPE, "");
        exchange.getResponseHeaders().set("Content-Type", response.type());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        byte[] bytes = response.body().getBytes(StandardCharsets.UTF_8);
        if (method.equals("HEAD") || bytes.length == 0) {
            exchange.sendResponseHeaders(response.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(response.status(), bytes.length);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(bytes);
        }
    }

    /** Stops listening. Does not wait for answers that are being written. */
    @Override
    public void close() {
        api.close();
        server.stop(0);
        executor.shutdownNow();
    }
}

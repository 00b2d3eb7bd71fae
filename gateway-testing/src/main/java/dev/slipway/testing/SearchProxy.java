package dev.slipway.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A proxy before a {@link SearchServer}, as installations have one: it may speak TLS, demand a login, and answer in the
 * server's place.
 */
public final class SearchProxy implements AutoCloseable {
    private static final Response PASS = new Response(0, "", "");

    private final Path folder;
    private final HttpServer listener;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newHttpClient();
    private final URI server;
    private final boolean isTls;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile Function<Request, Response> rule = _ -> PASS;
    private volatile CompletableFuture<@Nullable Void> gate = CompletableFuture.completedFuture(null);

    /**
     * A request.
     *
     * @param authorization the header; empty if there is none
     */
    public record Request(String method, String path, String authorization, String body) {
        /** Whether it writes entries. */
        public boolean isBulk() {
            return path.contains("_bulk");
        }
    }

    /** An answer in the server's place. */
    private record Response(int status, String location, String body) {}

    private SearchProxy(URI server, Path folder, HttpServer listener, boolean isTls) {
        this.server = server;
        this.folder = folder;
        this.listener = listener;
        this.isTls = isTls;
    }

    /** Begins to pass on requests to a server. */
    public static SearchProxy before(URI server) throws IOException {
        return start(server, HttpServer.create(address(), 0), Files.createTempDirectory("slipway-proxy"), false);
    }

    /** Likewise, by TLS with a self-signed certificate. */
    public static SearchProxy withTls(URI server) throws IOException {
        Path folder = Files.createTempDirectory("slipway-proxy");
        SelfSigned.write(folder.resolve("certificate.pem"), folder.resolve("key.pem"));
        HttpsServer listener = HttpsServer.create(address(), 0);
        listener.setHttpsConfigurator(new HttpsConfigurator(tls(folder)));
        return start(server, listener, folder, true);
    }

    private static SearchProxy start(URI server, HttpServer listener, Path folder, boolean isTls) {
        SearchProxy proxy = new SearchProxy(server, folder, listener, isTls);
        listener.createContext("/", proxy::handle);
        listener.setExecutor(proxy.threads);
        listener.start();
        return proxy;
    }

    private static InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static SSLContext tls(Path folder) throws IOException {
        try {
            Certificate certificate = CertificateFactory.getInstance("X.509")
                    .generateCertificate(
                            new ByteArrayInputStream(Files.readAllBytes(folder.resolve("certificate.pem"))));
            String pem = Files.readString(folder.resolve("key.pem")).replaceAll("-----[A-Z ]+-----|\\s", "");
            PrivateKey key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", key, new char[0], new Certificate[] {certificate});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /** Its address. */
    public URI url() {
        return URI.create((isTls ? "https" : "http") + "://127.0.0.1:"
                + listener.getAddress().getPort());
    }

    /** The PEM file of its certificate, with TLS. */
    public Path certificate() {
        return folder.resolve("certificate.pem");
    }

    /** The requests so far, in their order. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Passes on all requests. */
    public void pass() {
        rule = _ -> PASS;
    }

    /** Answers all requests to write entries itself. */
    public void answer(int status, String body) {
        rule = request -> request.isBulk() ? new Response(status, "", body) : PASS;
    }

    /** Redirects all requests. */
    public void redirect(URI location) {
        rule = request -> new Response(307, location + request.path(), "");
    }

    /** Refuses longer requests with 413. */
    public void limit(int characters) {
        rule = request -> request.body().length() > characters ? new Response(413, "", "") : PASS;
    }

    /** Refuses requests that contain a text with 403. */
    public void refuse(String text) {
        rule = request -> request.body().contains(text) ? new Response(403, "", "") : PASS;
    }

    /** Refuses other logins with 401. */
    public void demand(String user, String password) {
        String header =
                "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        rule = request -> header.equals(request.authorization()) ? PASS : new Response(401, "", "");
    }

    /**
     * Passes on requests to write entries, and holds back the answers.
     *
     * @return lets them go
     */
    public CompletableFuture<@Nullable Void> holdAnswers() {
        CompletableFuture<@Nullable Void> held = new CompletableFuture<>();
        gate = held;
        return held;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), ""),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            Response response = rule.apply(request);
            if (response.status() == 0) {
                response = passOn(request, exchange.getRequestHeaders().getFirst("Content-Type"));
            }
            requests.add(request);
            if (request.isBulk()) {
                gate.join();
            }
            if (!response.location().isEmpty()) {
                exchange.getResponseHeaders().set("Location", response.location());
            }
            byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(response.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Response passOn(Request request, @Nullable String type) throws IOException {
        HttpRequest.Builder passed = HttpRequest.newBuilder(URI.create(server + request.path()))
                .method(request.method(), HttpRequest.BodyPublishers.ofString(request.body()));
        if (type != null) {
            passed.header("Content-Type", type);
        }
        try {
            HttpResponse<String> answer = client.send(passed.build(), HttpResponse.BodyHandlers.ofString());
            return new Response(answer.statusCode(), "", answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (IOException _) {
            return new Response(502, "", "");
        }
    }

    @Override
    public void close() {
        gate.complete(null);
        listener.stop(0);
        threads.close();
        client.close();
        Folders.delete(folder);
    }
}

package dev.slipway.ingest.archive;

import dev.slipway.core.net.Authorities;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An Elasticsearch or OpenSearch server, to which entries are written by its bulk API. Redirects are not followed, since
 * the password is sent with each request. Thread-safe.
 */
final class ManifestServer {
    /** The longest answer that is read, in bytes. */
    private static final int ANSWER = 4 << 20;

    private static final int TOO_LARGE = 413;
    private static final int UNAVAILABLE = 503;

    private final ManifestSettings settings;
    private final URI url;
    private final @Nullable SSLContext tls;

    /**
     * Connects to nothing yet. Blocks for the file with the CAs.
     *
     * @param settings with a URL
     * @throws RuntimeException if that file cannot be used; the message is for people
     */
    ManifestServer(ManifestSettings settings) {
        this.settings = settings;
        this.url = Objects.requireNonNull(settings.url());
        this.tls = settings.caFile() == null ? null : Authorities.tls(settings.caFile());
    }

    /**
     * An entry.
     *
     * @param id the same whenever it is written: a second time replaces the first
     * @param json an object in one line
     */
    record Entry(String id, String json) {}

    /** Begins to use the server. Does not connect yet. */
    Connection connect() {
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.timeout());
        return new Connection((tls == null ? client : client.sslContext(tls)).build());
    }

    /** Whether the server answers, and does not say that it cannot work now. Blocks. */
    boolean answers() {
        try (Connection connection = connect()) {
            return connection.status() < BulkAnswer.SERVER_ERROR;
        } catch (IOException _) {
            return false;
        }
    }

    /** For people. */
    String name() {
        return url.getScheme() + "://" + url.getAuthority();
    }

    /** Connections to the server, for one user at a time. Closing it ends what is being sent. */
    final class Connection implements AutoCloseable {
        private final HttpClient client;

        private Connection(HttpClient client) {
            this.client = client;
        }

        /**
         * Writes entries. Blocks until the server has answered.
         *
         * @param index made by the server if there is none
         * @throws IOException the server did not answer, or not as it should; the message is for people
         */
        BulkAnswer write(String index, List<Entry> entries) throws IOException {
            StringBuilder body = new StringBuilder();
            for (Entry entry : entries) {
                body.append(ArchiveJson.write(Map.of("index", Map.of("_index", index, "_id", entry.id()))))
                        .append('\n')
                        .append(entry.json())
                        .append('\n');
            }
            HttpResponse<String> answer =
                    send(request("_bulk?filter_path=items.*.status,items.*.error.type,items.*.error.reason")
                            .header("Content-Type", "application/x-ndjson")
                            .POST(HttpRequest.BodyPublishers.ofString(body.toString(), StandardCharsets.UTF_8))
                            .build());
            int status = answer.statusCode();
            String said = name() + " answered " + status;
            return switch (status) {
                case 200 -> {
                    try {
                        yield BulkAnswer.read(answer.body(), entries.size());
                    } catch (IOException e) {
                        throw new IOException(name() + ": " + e.getMessage(), e);
                    }
                }
                case BulkAnswer.TOO_MANY_REQUESTS, UNAVAILABLE -> new BulkAnswer.Busy(said);
                case TOO_LARGE -> new BulkAnswer.TooLarge(said);
                default -> throw new IOException(said + hint(status));
            };
        }

        private static String hint(int status) {
            return switch (status) {
                case 301, 302, 303, 307, 308 -> "; redirects are not followed. Change manifest.url";
                case 401, 403 -> "; check manifest.username and manifest.password, and the rights of that user";
                default -> "";
            };
        }

        /** The status of the answer to a small request. Blocks. */
        int status() throws IOException {
            return send(request("").GET().build()).statusCode();
        }

        private HttpRequest.Builder request(String path) {
            String base = url.toString();
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create(base + (base.endsWith("/") ? "" : "/") + path))
                    .header("User-Agent", "slipway");
            if (settings.username() != null && settings.password() != null) {
                String login = settings.username() + ":" + settings.password().reveal();
                request.header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
            }
            return request;
        }

        private HttpResponse<String> send(HttpRequest request) throws IOException {
            CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                    request,
                    HttpResponse.BodyHandlers.limiting(
                            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8), ANSWER));
            try {
                // With the body, which an HttpRequest's own time-out does not count.
                return answer.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                throw new IOException(
                        name() + " did not answer within " + settings.timeout().toSeconds() + " s", e);
            } catch (ExecutionException e) {
                Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
                String reason = Objects.requireNonNullElse(
                        cause.getMessage(), cause.getClass().getSimpleName());
                throw new IOException("the request to " + name() + " failed: " + BulkAnswer.plain(reason), cause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                InterruptedIOException interrupted = new InterruptedIOException(name() + ": interrupted");
                interrupted.initCause(e);
                throw interrupted;
            } finally {
                answer.cancel(true);
            }
        }

        @Override
        public void close() {
            client.shutdownNow();
        }
    }
}

package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Server;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Metrics and health as Prometheus and an orchestrator read them. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AdminListenerTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> get(Gateway gateway, String path) throws IOException, InterruptedException {
        return ask(gateway, "GET", path);
    }

    private HttpResponse<String> ask(Gateway gateway, String method, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + gateway.adminPort().orElseThrow() + path);
        return http.send(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .timeout(LIMIT)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private Gateway start(S3Bucket bucket) throws Exception {
        Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("admin.port", "0")
                .start();
        assertThat(gateway.awaitReady(LIMIT)).isTrue();
        return gateway;
    }

    /** The value of a time series. */
    private double metric(Gateway gateway, String series) throws IOException, InterruptedException {
        String text = get(gateway, "/metrics").body();
        Matcher matcher = Pattern.compile("^" + Pattern.quote(series) + " (\\S+)$", Pattern.MULTILINE)
                .matcher(text);
        assertThat(matcher.find()).as("%s in\n%s", series, text).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void metricsCountWhatClientsDo(S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("file"), Bytes.random(1, 12 << 20));
        try (Gateway gateway = start(bucket)) {
            ListenPorts ports = ListenPorts.of(gateway);
            Protocol.SFTP
                    .upload(ports, file, "file", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            Protocol.IMPLICIT_FTPS
                    .download(ports, "file", directory.resolve("copy"))
                    .run(LIMIT)
                    .assertSuccess();
            Clients.command("curl", "-sk", "--user", "mallory:wrong", "ftps://127.0.0.1:" + ports.implicit() + "/")
                    .run(LIMIT)
                    .assertFailure();
            RunningGateway.awaitNoMemoryInUse(gateway);

            assertThat(metric(gateway, "slipway_logins_total{outcome=\"ok\",protocol=\"sftp\"}"))
                    .isEqualTo(1);
            assertThat(metric(gateway, "slipway_logins_total{outcome=\"failed\",protocol=\"ftps\"}"))
                    .isEqualTo(1);
            assertThat(metric(
                            gateway, "slipway_operations_total{operation=\"upload\",outcome=\"ok\",protocol=\"sftp\"}"))
                    .isEqualTo(1);
            assertThat(metric(gateway, "slipway_transferred_bytes_total{operation=\"upload\",protocol=\"sftp\"}"))
                    .isEqualTo(12 << 20);
            assertThat(metric(gateway, "slipway_transferred_bytes_total{operation=\"download\",protocol=\"ftps\"}"))
                    .isEqualTo(12 << 20);
            assertThat(metric(gateway, "slipway_transfers_seconds_count{operation=\"upload\",protocol=\"sftp\"}"))
                    .isEqualTo(1);
            assertThat(metric(gateway, "slipway_s3_requests_seconds_count{operation=\"UploadPart\",outcome=\"ok\"}"))
                    .isGreaterThanOrEqualTo(2);
            assertThat(metric(gateway, "slipway_memory_budget_bytes{pool=\"uploads\"}"))
                    .isEqualTo(64 << 20);
            for (String series : new String[] {
                "slipway_memory_reserved_bytes{pool=\"uploads\"}",
                "slipway_memory_largest_account_bytes{pool=\"uploads\"}",
                "slipway_memory_used_bytes{pool=\"uploads\"}",
                "slipway_memory_transfers{pool=\"uploads\"}",
                "slipway_memory_waiting{pool=\"uploads\"}",
                "slipway_memory_transfers{pool=\"downloads\"}",
                "slipway_sweeper_failing",
                "slipway_events_dropped_total{reason=\"unclear\"}",
                "slipway_events_dropped_total{reason=\"backlog\"}",
                "slipway_events_dropped_total{reason=\"undelivered\"}"
            }) {
                assertThat(metric(gateway, series)).as(series).isZero();
            }
            assertThat(metric(gateway, "slipway_ready")).isEqualTo(1);
            assertThat(get(gateway, "/metrics").body())
                    .contains("jvm_memory_used_bytes", "process_uptime_seconds", "jvm_gc_")
                    .doesNotContain("mallory", Protocol.USER, "file\"");
            Patience.await("all sessions are over", () -> {
                try {
                    return metric(gateway, "slipway_sessions{protocol=\"sftp\"}") == 0
                            && metric(gateway, "slipway_sessions{protocol=\"ftps\"}") == 0;
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void itIsAliveWithoutTheStoreButNotReady(S3Bucket bucket) throws Exception {
        try (S3Server store = S3Server.start(S3Product.MINIO)) {
            try (var client = store.endpoint().newClient()) {
                client.createBucket(request -> request.bucket(bucket.name())).join();
            }
            store.kill();
            try (Gateway gateway = RunningGateway.builder(store.endpoint().uri(), bucket, directory)
                    .credentials(store.endpoint().accessKey(), store.endpoint().secretKey())
                    .set("admin.port", "0")
                    .start()) {
                assertThat(get(gateway, "/healthz").statusCode()).isEqualTo(200);
                HttpResponse<String> notReady = get(gateway, "/readyz");
                assertThat(notReady.statusCode()).isEqualTo(503);
                assertThat(notReady.body()).startsWith("{\"status\":\"not-ready\",\"reasons\":[\"");

                store.restart();

                assertThat(gateway.awaitReady(LIMIT)).isTrue();
                HttpResponse<String> ready = get(gateway, "/readyz");
                assertThat(ready.statusCode()).isEqualTo(200);
                assertThat(ready.body()).isEqualTo("{\"status\":\"ready\"}\n");
                assertThat(ready.headers().firstValue("Content-Type")).hasValue("application/json");
            }
        }
    }

    @Test
    void otherRequestsAreRefused(S3Bucket bucket) throws Exception {
        try (Gateway gateway = start(bucket)) {
            assertThat(get(gateway, "/elsewhere").statusCode()).isEqualTo(404);
            assertThat(get(gateway, "/metrics/../../etc/passwd").statusCode()).isEqualTo(404);
            assertThat(get(gateway, "/metricsx").statusCode()).isEqualTo(404);
            assertThat(ask(gateway, "POST", "/metrics").statusCode()).isEqualTo(405);
            assertThat(ask(gateway, "HEAD", "/readyz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void theApiUsesTlsWithTheCertificateOfFtps(S3Bucket bucket) throws Exception {
        try (Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("admin.port", "0")
                .set("admin.tls", "true")
                .start()) {
            assertThat(jobsOverTls(gateway, "P-256").assertSuccess().stdout())
                    .contains("\"type\":\"/api/v1/problems/unauthenticated\"");
            // A handshake in this group takes some ten times the usual CPU time, before any login.
            jobsOverTls(gateway, "ffdhe8192").assertFailure();
        }
    }

    private static ClientResult jobsOverTls(Gateway gateway, String group) throws Exception {
        return Clients.command(
                        "curl",
                        "-s",
                        "--curves",
                        group,
                        "--cacert",
                        gateway.certificateAuthority().orElseThrow().toString(),
                        "https://localhost:" + gateway.adminPort().orElseThrow() + "/api/v1/jobs")
                .run(LIMIT);
    }
}

package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.config.SettingsLoader;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SearchServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Manifests of a running gateway that wait for their search server, by command and over HTTP. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManifestCommandsTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private String base = "";
    private String token = "";

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(base + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .timeout(Patience.LIMIT)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = send("GET", path, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static String command(Path configuration, String... words) {
        StringWriter output = new StringWriter();
        PrintWriter printer = new PrintWriter(output, true);
        List<String> line = new ArrayList<>(List.of(words));
        line.addAll(List.of("--config", configuration.toString()));
        int status = Main.commandLine().setOut(printer).setErr(printer).execute(line.toArray(String[]::new));
        assertThat(status).as(output.toString()).isZero();
        return output.toString().strip();
    }

    @Test
    void whatWaitsIsShownAndSent(S3Bucket bucket) throws Exception {
        Path folder = Files.createDirectories(directory.resolve("batch").resolve(bucket.name()));
        Files.writeString(folder.resolve("a.txt"), "content");
        try (SearchServer server = SearchServer.stopped()) {
            Path configuration = ServeProcess.configuration(
                    directory, bucket, """
                    admin: {port: 0}
                    archives:
                      - {name: batch, source: {folder: %s}, target: {prefix: archives/}}
                    manifest: {url: "%s", fallbackBucket: %s}
                    """.formatted(directory.resolve("batch"), server.url(), bucket.name()));
            try (Gateway gateway =
                    Gateway.start(SettingsLoader.load(configuration, Map.of()).settings())) {
                token = command(configuration, "token", "add", "test", "--role", "operator")
                        .lines()
                        .toList()
                        .getLast();
                String host = "http://127.0.0.1:" + gateway.adminPort().orElseThrow();
                base = host + "/api/v1";

                assertThat(command(configuration, "archives", "run", "batch", "--all", "--wait"))
                        .contains("1 archive with 1 file");
                JsonNode waiting = get("/archive-manifests").get("manifests");
                assertThat(waiting.size()).isEqualTo(1);
                String archive = waiting.get(0).get("archive").asString();
                assertThat(waiting.get(0).get("bucket").asString()).isEqualTo(bucket.name());
                assertThat(waiting.get(0).get("key").asString())
                        .startsWith("s3-batch-")
                        .endsWith("-" + archive + ".ndjson.gz");
                assertThat(waiting.get(0).get("problem").asString())
                        .contains(server.url().toString());
                assertThat(command(configuration, "archive", "manifests", "list"))
                        .contains(archive, bucket.name() + ":s3-batch-");
                assertThat(get("/archive-manifests?after=" + archive)
                                .get("manifests")
                                .size())
                        .isZero();

                HttpResponse<String> begun = send("POST", "/archive-manifests/runs", "");
                assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
                String job = JSON.readTree(begun.body()).get("job").asString();
                assertThat(send("POST", "/archive-manifests/runs", "").statusCode())
                        .isEqualTo(409);
                Patience.await(
                        "the first attempt fails",
                        () -> get("/jobs/" + job).get("state").asString().equals("retrying"));
                server.restart();
                // Without waiting for the next attempt. That may have begun while the server started.
                HttpResponse<String> _ = send("POST", "/jobs/" + job + "/retry", "");
                Patience.await(
                        "they are sent",
                        () -> get("/jobs/" + job).get("state").asString().equals("succeeded"));

                assertThat(command(configuration, "archive", "manifests", "list"))
                        .doesNotContain(archive);
                assertThat(command(configuration, "archive", "manifests", "send", "--wait"))
                        .contains("0 manifests");
                String metrics = http.send(
                                HttpRequest.newBuilder(URI.create(host + "/metrics"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
                assertThat(metrics)
                        .contains("slipway_archives_manifests_entries_total 1.0")
                        .containsPattern("slipway_archives_manifests_failures_total [2-9]")
                        .contains("slipway_archives_manifests_fallbacks_total 1.0")
                        .contains("slipway_archives_manifests_waiting ");
            }
        }
    }

    @Test
    void withoutAServerThereIsNothingToSend(S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, bucket, "admin: {port: 0}\n");
        try (Gateway gateway =
                Gateway.start(SettingsLoader.load(configuration, Map.of()).settings())) {
            token = command(configuration, "token", "add", "test", "--role", "operator")
                    .lines()
                    .toList()
                    .getLast();
            base = "http://127.0.0.1:" + gateway.adminPort().orElseThrow() + "/api/v1";
            assertThat(get("/archive-manifests").get("manifests").size()).isZero();
            HttpResponse<String> refused = send("POST", "/archive-manifests/runs", "");
            assertThat(refused.statusCode()).isEqualTo(501);
            assertThat(refused.body()).contains("manifest.url is not set");
        }
    }
}

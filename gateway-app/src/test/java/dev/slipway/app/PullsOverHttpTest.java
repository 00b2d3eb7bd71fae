package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A pull from a real server, controlled over HTTP. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PullsOverHttpTest {
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

    private static String token(Path configuration) throws Exception {
        Process process = new ProcessBuilder(ServeProcess.command(
                        "token", "add", "test", "--role", "operator", "--config", configuration.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        return output.strip();
    }

    @Test
    void aPullIsRunShownAndPaused(S3Bucket bucket) throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        Files.writeString(source.resolve("a.txt"), "content");
        try (SshdServer server = SshdServer.start();
                BucketView stored = new BucketView(bucket)) {
            Path configuration = ServeProcess.configuration(directory, bucket, """
                    admin: {port: 0}
                    remotes:
                      - name: source
                        host: 127.0.0.1
                        port: %d
                        user: %s
                        keyFile: %s
                        hostKeys: ["%s"]
                    pulls:
                      - {name: p, remote: source, folder: '%s', target: {prefix: in/}, settledAfter: 0s}
                    """.formatted(
                            server.port(), server.user(), server.userKey(), server.hostKey(), source));
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("log"), configuration)) {
                token = token(configuration);
                base = "http://127.0.0.1:" + gateway.find("the API on http://.*?:(\\d+)") + "/api/v1";

                assertThat(get("/pulls").get("pulls").get(0).get("name").asString())
                        .isEqualTo("p");
                HttpResponse<String> begun = send("POST", "/pulls/p/runs", "{}");
                assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
                String job = JSON.readTree(begun.body()).get("job").asString();
                Patience.await(
                        "the run ends",
                        () -> get("/jobs/" + job).get("state").asString().equals("succeeded"));

                JsonNode run = get("/pulls/p/runs?limit=1").get("runs").get(0);
                assertThat(run.get("job").asString()).isEqualTo(job);
                assertThat(run.get("stored").asInt()).isEqualTo(1);
                assertThat(stored.get("in/a.txt"))
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("content");
                assertThat(send("POST", "/pulls/p/pause", "{}").statusCode()).isEqualTo(200);
                assertThat(get("/pulls/p").get("paused").asBoolean()).isTrue();
                assertThat(send("POST", "/pulls/p/pause", "{}").statusCode()).isEqualTo(409);
                assertThat(send("POST", "/pulls/other/runs", "{}").statusCode()).isEqualTo(404);
            }
        }
    }
}

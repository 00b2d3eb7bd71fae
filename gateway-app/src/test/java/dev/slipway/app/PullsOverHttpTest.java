package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A pull from a real server, controlled over HTTP. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PullsOverHttpTest {
    @TempDir
    private Path directory;

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
                ApiClient api = new ApiClient(gateway.find("the API on http://.*?:(\\d+)"), token(configuration));

                assertThat(api.get("/pulls").get("pulls").get(0).get("name").asString())
                        .isEqualTo("p");
                String job = api.begin("/pulls/p/runs", "{}");
                api.awaitSuccess(job);

                JsonNode run = api.get("/pulls/p/runs?limit=1").get("runs").get(0);
                assertThat(run.get("job").asString()).isEqualTo(job);
                assertThat(run.get("stored").asInt()).isEqualTo(1);
                assertThat(stored.get("in/a.txt"))
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("content");
                assertThat(api.send("POST", "/pulls/p/pause", "{}").statusCode())
                        .isEqualTo(200);
                assertThat(api.get("/pulls/p").get("paused").asBoolean()).isTrue();
                assertThat(api.send("POST", "/pulls/p/pause", "{}").statusCode())
                        .isEqualTo(409);
                assertThat(api.send("POST", "/pulls/other/runs", "{}").statusCode())
                        .isEqualTo(404);
            }
        }
    }
}

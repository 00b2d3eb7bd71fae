package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.config.SettingsLoader;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SearchServer;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Manifests of a running gateway that wait for their search server, by command and over HTTP. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManifestCommandsTest {
    @TempDir
    private Path directory;

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
                ApiClient api = ApiClient.operator(configuration, gateway);

                assertThat(ApiClient.command(configuration, "archives", "run", "batch", "--all", "--wait"))
                        .contains("1 archive with 1 file");
                JsonNode waiting = api.get("/archive-manifests").get("manifests");
                assertThat(waiting.size()).isEqualTo(1);
                String archive = waiting.get(0).get("archive").asString();
                assertThat(waiting.get(0).get("bucket").asString()).isEqualTo(bucket.name());
                assertThat(waiting.get(0).get("key").asString())
                        .startsWith("s3-batch-")
                        .endsWith("-" + archive + ".ndjson.gz");
                assertThat(waiting.get(0).get("problem").asString())
                        .contains(server.url().toString());
                assertThat(ApiClient.command(configuration, "archive", "manifests", "list"))
                        .contains(archive, bucket.name() + ":s3-batch-");
                assertThat(api.get("/archive-manifests?after=" + archive)
                                .get("manifests")
                                .size())
                        .isZero();

                String job = api.begin("/archive-manifests/runs", "");
                assertThat(api.send("POST", "/archive-manifests/runs", "").statusCode())
                        .isEqualTo(409);
                Patience.await(
                        "the first attempt fails",
                        () -> api.get("/jobs/" + job).get("state").asString().equals("retrying"));
                server.restart();
                // Without waiting for the next attempt. That may have begun while the server started.
                HttpResponse<String> _ = api.send("POST", "/jobs/" + job + "/retry", "");
                api.awaitSuccess(job);

                assertThat(ApiClient.command(configuration, "archive", "manifests", "list"))
                        .doesNotContain(archive);
                assertThat(ApiClient.command(configuration, "archive", "manifests", "send", "--wait"))
                        .contains("0 manifests");
                String metrics = api.metrics();
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
            ApiClient api = ApiClient.operator(configuration, gateway);
            assertThat(api.get("/archive-manifests").get("manifests").size()).isZero();
            HttpResponse<String> refused = api.send("POST", "/archive-manifests/runs", "");
            assertThat(refused.statusCode()).isEqualTo(501);
            assertThat(refused.body()).contains("manifest.url is not set");
        }
    }
}

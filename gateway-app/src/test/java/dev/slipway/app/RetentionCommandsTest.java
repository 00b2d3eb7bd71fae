package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.config.SettingsLoader;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A retention task of a running gateway, by command and over HTTP. Its files are new, so nothing is old. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RetentionCommandsTest {
    @TempDir
    private Path directory;

    @Test
    void aTaskIsRunAndShown(S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, bucket, """
                admin: {port: 0}
                retention:
                  - {name: inbox, source: {account: %s, folder: /in}, olderThan: 30d, schedule: "0 3 * * *"}
                """.formatted(Protocol.USER));
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = Gateway.start(
                        SettingsLoader.load(configuration, Map.of()).settings())) {
            stored.put("in/a.txt", new byte[3]);
            ApiClient api = ApiClient.operator(configuration, gateway);

            assertThat(ApiClient.command(configuration, "retention", "run", "inbox", "--dry-run", "--wait"))
                    .contains("would delete 0 files, 0 bytes, of 1");
            String job = api.begin("/retention/inbox/runs", "{}");
            api.awaitSuccess(job);

            JsonNode task = api.get("/retention").get("tasks").get(0);
            assertThat(task.get("source").asString()).isEqualTo(Protocol.USER + "@/in");
            assertThat(task.get("olderThan").asString()).isEqualTo("30d");
            assertThat(task.get("lastJob").asString()).isEqualTo(job);
            JsonNode runs = api.get("/retention/inbox/runs").get("runs");
            assertThat(runs.get(0).get("looked").asInt()).isEqualTo(1);
            assertThat(runs.get(1).get("dryRun").asBoolean()).isTrue();
            assertThat(api.send("POST", "/retention/other/runs", "{}").statusCode())
                    .isEqualTo(404);
            assertThat(ApiClient.command(configuration, "retention", "show", "inbox"))
                    .contains("0 3 * * * (UTC)", "deleted 0 files, 0 bytes, of 1");
            assertThat(api.send("POST", "/retention/inbox/pause", "").statusCode())
                    .isEqualTo(200);
            assertThat(api.send("POST", "/retention/inbox/pause", "").statusCode())
                    .isEqualTo(409);
            assertThat(ApiClient.command(configuration, "retention", "list")).contains("paused");
            assertThat(api.get("/retention/inbox").get("next").isNull()).isTrue();
            assertThat(ApiClient.command(configuration, "retention", "resume", "inbox"))
                    .isEqualTo("resumed inbox");
            assertThat(api.get("/retention/inbox").get("next").isNull()).isFalse();
            assertThat(stored.keys()).containsExactly("in/a.txt");
        }
    }
}

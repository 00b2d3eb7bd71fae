package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.config.SettingsLoader;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A retention task of a running gateway, by command and over HTTP. Its files are new, so nothing is old. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RetentionCommandsTest {
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
            token = command(configuration, "token", "add", "test", "--role", "operator")
                    .lines()
                    .toList()
                    .getLast();
            base = "http://127.0.0.1:" + gateway.adminPort().orElseThrow() + "/api/v1";

            assertThat(command(configuration, "retention", "run", "inbox", "--dry-run", "--wait"))
                    .contains("would delete 0 files, 0 bytes, of 1");
            HttpResponse<String> begun = send("POST", "/retention/inbox/runs", "{}");
            assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
            String job = JSON.readTree(begun.body()).get("job").asString();
            Patience.await(
                    "the run ends",
                    () -> get("/jobs/" + job).get("state").asString().equals("succeeded"));

            JsonNode task = get("/retention").get("tasks").get(0);
            assertThat(task.get("source").asString()).isEqualTo(Protocol.USER + "@/in");
            assertThat(task.get("olderThan").asString()).isEqualTo("30d");
            assertThat(task.get("lastJob").asString()).isEqualTo(job);
            JsonNode runs = get("/retention/inbox/runs").get("runs");
            assertThat(runs.get(0).get("looked").asInt()).isEqualTo(1);
            assertThat(runs.get(1).get("dryRun").asBoolean()).isTrue();
            assertThat(send("POST", "/retention/other/runs", "{}").statusCode()).isEqualTo(404);
            assertThat(command(configuration, "retention", "show", "inbox"))
                    .contains("0 3 * * * (UTC)", "deleted 0 files, 0 bytes, of 1");
            assertThat(send("POST", "/retention/inbox/pause", "").statusCode()).isEqualTo(200);
            assertThat(send("POST", "/retention/inbox/pause", "").statusCode()).isEqualTo(409);
            assertThat(command(configuration, "retention", "list")).contains("paused");
            assertThat(get("/retention/inbox").get("next").isNull()).isTrue();
            assertThat(command(configuration, "retention", "resume", "inbox")).isEqualTo("resumed inbox");
            assertThat(get("/retention/inbox").get("next").isNull()).isFalse();
            assertThat(stored.keys()).containsExactly("in/a.txt");
        }
    }
}

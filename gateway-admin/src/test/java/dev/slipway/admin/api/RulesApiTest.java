package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.Role;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rules over HTTP. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RulesApiTest {
    @TempDir
    private Path folder;

    private RunningApi api;
    private String viewer;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder);
        viewer = api.token("v", Role.VIEWER);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void rulesAreListedWithoutSecrets() throws Exception {
        HttpResponse<String> answer = api.get("/rules", viewer);

        JsonNode rule = RunningApi.json(answer).path("rules").path(0);
        assertThat(rule.path("name").stringValue()).isEqualTo("reported");
        assertThat(rule.path("minimumSize").longValue()).isEqualTo(1024);
        assertThat(rule.path("steps").toString()).isEqualTo("[\"move\",\"webhook\"]");
        assertThat(answer.body()).doesNotContain("whsec_", "hooks.example");
    }

    @Test
    void aRuleIsTested() throws Exception {
        JsonNode taken = RunningApi.json(api.send(
                "POST",
                "/rules/test",
                viewer,
                "{\"path\":\"/in/a.csv\",\"account\":\"boss\",\"origin\":\"ftps\",\"size\":5000000000}"));
        assertThat(taken.path("rule").stringValue()).isEqualTo("reported");
        assertThat(taken.path("steps").toString())
                .isEqualTo("[\"move to done/a.csv\",\"report to hooks.example: a.csv came from boss\"]");

        JsonNode text = RunningApi.json(api.send(
                "POST",
                "/rules/test",
                viewer,
                "{\"path\":\"/small\",\"contentType\":\"text/plain\",\"tags\":[\"type=note\"]}"));
        assertThat(text.path("rule").stringValue()).isEqualTo("notes");

        JsonNode left = RunningApi.json(api.send("POST", "/rules/test", viewer, "{\"path\":\"/in/a.csv\",\"size\":3}"));
        assertThat(left.path("rule").isNull()).isTrue();
    }

    @Test
    void mistakesInATestAreAllReported() throws Exception {
        HttpResponse<String> answer = api.send(
                "POST",
                "/rules/test",
                viewer,
                "{\"account\":7,\"origin\":\"mail\",\"size\":-1,\"other\":1,\"tags\":[\"x\"]}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("path", "account", "origin", "size", "other", "tags");
        assertThat(api.send("POST", "/rules/test", viewer, "{\"path\":\"/a\",\"account\":\"nobody\"}")
                        .statusCode())
                .isEqualTo(404);
    }
}

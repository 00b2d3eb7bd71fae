package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.Role;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.remote.Credentials;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Remote servers over HTTP. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RemotesApiTest {
    private static final String FINGERPRINT = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String OTHER = "SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";

    @TempDir
    private Path folder;

    private RunningApi api;
    private String admin;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder);
        admin = api.token("a", Role.ADMIN);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private HttpResponse<String> create() throws IOException, InterruptedException {
        return api.send(
                "POST",
                "/remotes",
                admin,
                "{\"name\":\"vault\",\"host\":\"vault.example\",\"user\":\"ingest\",\"password\":\"of-the-remote\","
                        + "\"hostKeys\":[\"" + FINGERPRINT + "\"],\"folders\":[\"/in\"],\"mode\":\"direct\"}");
    }

    @Test
    void aRemoteIsStoredWithoutEverShowingItsSecret() throws Exception {
        HttpResponse<String> made = create();
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(create().statusCode()).isEqualTo(409);
        JsonNode shown = RunningApi.json(api.get("/remotes/vault", api.token("v", Role.VIEWER)));
        assertThat(shown.get("authentication").stringValue()).isEqualTo("password");
        assertThat(shown.get("port").intValue()).isEqualTo(22);
        assertThat(shown.get("capabilities").isNull()).isTrue();
        assertThat(made.body() + shown + api.get("/remotes", admin).body()).doesNotContain("of-the-remote");
        HttpResponse<String> changed = api.send("PATCH", "/remotes/vault", admin, "{\"maxJobs\":2,\"port\":2222}");
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(api.remotes.find("vault").orElseThrow().credentials())
                .as("what is not named stays")
                .isEqualTo(new Credentials.Password("of-the-remote"));
        HttpResponse<String> trusted =
                api.send("PUT", "/remotes/vault/host-keys", admin, "{\"hostKeys\":[\"" + OTHER + "\"]}");
        assertThat(RunningApi.json(trusted).get("hostKeys").get(0).stringValue())
                .isEqualTo(OTHER);
        assertThat(RunningApi.json(trusted).get("maxJobs").intValue()).isEqualTo(2);
        assertThat(api.send("DELETE", "/remotes/vault", admin, null).statusCode())
                .isEqualTo(204);
        assertThat(api.get("/remotes/vault", admin).statusCode()).isEqualTo(404);
    }

    @Test
    void problemsOfARemoteAreNamedFieldByField() throws Exception {
        HttpResponse<String> response = api.send(
                "POST",
                "/remotes",
                admin,
                "{\"name\":\"a b\",\"host\":\"h\",\"user\":\"u\",\"port\":70000,\"hostKeys\":[]}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(RunningApi.json(response)
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("field").stringValue())
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder("name", "port", "authentication", "hostKeys");
        assertThat(api.remotes.all()).isEmpty();
    }

    @Test
    void aServerIsTestedForItsKeysAndCapabilities() throws Exception {
        create();
        JsonNode keys = RunningApi.json(api.send("POST", "/host-keys", admin, "{\"host\":\"vault.example\"}"))
                .get("hostKeys");
        assertThat(keys.get(0).get("fingerprint").stringValue()).startsWith("SHA256:");
        String operator = api.token("o", Role.OPERATOR);
        JsonNode found = RunningApi.json(api.send("POST", "/remotes/vault/test", operator, null));
        assertThat(found.get("tools").get(0).stringValue()).isEqualTo("curl");
        assertThat(found.get("auto").stringValue()).isEqualTo("streaming");
        assertThat(found.get("reason").stringValue()).contains("does not reach the store");
        assertThat(found.at("/checks/0/name").stringValue()).isEqualTo("/in");
        assertThat(found.at("/checks/0/result").stringValue()).isEqualTo("fails");
        assertThat(RunningApi.json(api.get("/remotes/vault", operator))
                        .at("/capabilities/shell")
                        .booleanValue())
                .as("remembered")
                .isTrue();
        JsonNode space = RunningApi.json(api.get("/remotes/vault/space?path=/in", operator));
        assertThat(space.get("available").longValue()).isEqualTo(40);
        assertThat(api.get("/remotes/vault/space?path=in", operator).statusCode())
                .isEqualTo(400);
        HttpResponse<String> silent = api.send("POST", "/host-keys", admin, "{\"host\":\"silent.example\"}");
        assertThat(silent.statusCode()).isEqualTo(504);
        assertThat(RunningApi.json(silent).get("failure").stringValue()).isEqualTo("TIMEOUT");
    }
}

package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.admin.http.HttpSettings;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.Role;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.state.ApiTokenTable;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Authorisation, and responses to invalid requests. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpApiTest {
    @TempDir
    private Path folder;

    private RunningApi api;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void requestsWithoutAValidTokenAreRejected() throws Exception {
        HttpResponse<String> nothing = api.send(api.request("/jobs"));
        assertThat(nothing.statusCode()).isEqualTo(401);
        assertThat(RunningApi.problem(nothing)).isEqualTo("unauthenticated");
        assertThat(nothing.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"slipway\"");
        HttpResponse<String> wrong = api.get("/jobs", ApiToken.newSecret());
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(wrong.headers().firstValue("WWW-Authenticate").orElseThrow()).contains("invalid_token");
        String over = api.token("over", Role.ADMIN, Instant.now().minusSeconds(1));
        assertThat(api.get("/jobs", over).statusCode()).isEqualTo(401);
        String token = api.token("viewer", Role.VIEWER, Instant.now().plusSeconds(600));
        assertThat(api.get("/jobs", token).statusCode()).isEqualTo(200);
        assertThat(new ApiTokenTable(api.database).remove("viewer")).isTrue();
        assertThat(api.get("/jobs", token).statusCode()).isEqualTo(401);
        assertThat(api.send(api.request("/jobs").header("Authorization", "Basic Ym9zczpib3Nz"))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void eachRoleHasExactlyItsPermissions() throws Exception {
        String viewer = api.token("v", Role.VIEWER);
        String operator = api.token("o", Role.OPERATOR);
        String admin = api.token("a", Role.ADMIN);
        String push = "{\"source\":\"media:a\",\"destination\":\"vault:/a\"}";
        assertThat(api.get("/jobs", viewer).statusCode()).isEqualTo(200);
        HttpResponse<String> refused = api.send("POST", "/pushes", viewer, push);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(RunningApi.json(refused).get("detail").stringValue())
                .isEqualTo("this requires the role operator; token v has viewer");
        assertThat(api.send("POST", "/pushes", operator, push).statusCode()).isEqualTo(202);
        assertThat(api.get("/tokens", operator).statusCode()).isEqualTo(403);
        assertThat(api.get("/tokens", admin).statusCode()).isEqualTo(200);
        assertThat(api.send("POST", "/pushes", admin, push).statusCode()).isEqualTo(202);
        for (Route route : api.routes()) {
            if (route.role() == Role.ADMIN) {
                String path = route.path().replaceAll("\\{\\w+}", "x");
                assertThat(api.send(route.method(), path, operator, route.changes() ? "{}" : null)
                                .statusCode())
                        .as("%s %s", route.method(), path)
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void aTokenIsShownOnceAndKeptAsItsHashOnly() throws Exception {
        String admin = api.token("a", Role.ADMIN);
        HttpResponse<String> made = api.send(
                "POST", "/tokens", admin, "{\"name\":\"ci\",\"role\":\"viewer\",\"expires\":\"2999-01-01T00:00:00Z\"}");
        assertThat(made.statusCode()).isEqualTo(201);
        String secret = RunningApi.json(made).get("token").stringValue();
        assertThat(secret).startsWith("slipway_").hasSizeGreaterThan(45);
        assertThat(RunningApi.json(api.get("/self", secret)).get("name").stringValue())
                .isEqualTo("token ci");
        assertThat(api.get("/tokens", admin).body()).contains("\"ci\"").doesNotContain(secret);
        String stored = api.database.read(handle -> handle.createQuery("SELECT hash FROM api_tokens WHERE name = 'ci'")
                .mapTo(String.class)
                .one());
        assertThat(stored).hasSize(64).isEqualTo(ApiToken.hash(secret)).doesNotContain(secret);
        JsonNode listed =
                RunningApi.json(api.get("/tokens", admin)).get("tokens").get(1);
        assertThat(listed.get("lastUsed").isNull()).isFalse();
        assertThat(api.send("POST", "/tokens", admin, "{\"name\":\"ci\",\"role\":\"viewer\"}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(api.send("DELETE", "/tokens/ci", admin, null).statusCode()).isEqualTo(204);
        assertThat(api.get("/self", secret).statusCode()).isEqualTo(401);
        assertThat(api.send("DELETE", "/tokens/ci", admin, null).statusCode()).isEqualTo(404);
    }

    @Test
    void aNullForWhatIsRequiredIsRefused() throws Exception {
        HttpResponse<String> response =
                api.send("POST", "/tokens", api.token("a", Role.ADMIN), "{\"name\":\"ci\",\"role\":null}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(RunningApi.json(response).get("errors").get(0).get("field").stringValue())
                .isEqualTo("role");
    }

    /** It must not be answered with the old job, whose file is another. */
    @Test
    void anotherPushWithTheIdOfAJobIsAConflict() throws Exception {
        String operator = api.token("o", Role.OPERATOR);
        String push = "{\"source\":\"media:%s\",\"destination\":\"vault:/a\",\"id\":\"one\",\"attempts\":3,"
                + "\"firstPause\":\"30s\"}";
        assertThat(api.send("POST", "/pushes", operator, push.formatted("a")).statusCode())
                .isEqualTo(202);
        assertThat(api.send("POST", "/pushes", operator, push.formatted("a")).statusCode())
                .isEqualTo(202);
        HttpResponse<String> refused = api.send("POST", "/pushes", operator, push.formatted("b"));
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
        assertThat(RunningApi.problem(refused)).isEqualTo("conflict");
    }

    @Test
    void allProblemsAreReportedTogether() throws Exception {
        HttpResponse<String> response = api.send(
                "POST",
                "/pushes",
                api.token("o", Role.OPERATOR),
                "{\"source\":7,\"priority\":101,\"mode\":\"fast\",\"include\":[\"*.mxf\",1],\"deadline\":\"soon\","
                        + "\"headers\":{\"a\":2},\"speed\":1}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(RunningApi.problem(response)).isEqualTo("invalid-input");
        assertThat(RunningApi.json(response)
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("field").stringValue())
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "source", "destination", "priority", "mode", "include[1]", "deadline", "headers.a", "speed");
        assertThat(response.body())
                .contains("{\"field\":\"priority\",\"in\":\"body\",\"detail\":\"it is 101\","
                        + "\"expected\":\"a whole number from -100 to 100\"}");
    }

    @Test
    void bodiesThatAreNotObjectsAreRefused() throws Exception {
        String operator = api.token("o", Role.OPERATOR);
        for (String body : new String[] {
            "", "[]", "7", "{\"source\":", "{} {}", "{\"source\":\"a\",\"source\":\"b\"}", "[".repeat(5000)
        }) {
            assertThat(api.send("POST", "/pushes", operator, body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        HttpResponse<String> form = api.send(api.request("/pushes")
                .header("Authorization", "Bearer " + operator)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("source=a")));
        assertThat(form.statusCode()).isEqualTo(415);
    }

    @Test
    void aLargeBodyIsRefused() throws Exception {
        String operator = api.token("o", Role.OPERATOR);
        assertThat(api.send("POST", "/pushes", operator, "{\"source\":\"" + "a".repeat(300 << 10) + "\"}")
                        .statusCode())
                .isEqualTo(413);
        assertThat(api.send("POST", "/pushes", operator, "{\"source\":\"" + "a".repeat(200 << 10) + "\"}")
                        .statusCode())
                .as("less than the limit, but without a destination")
                .isEqualTo(400);
    }

    @Test
    void aSlowBodyIsRefused(@TempDir Path other) throws Exception {
        HttpSettings limits = RunningApi.listener().set("requestTimeout", "1s").build();
        try (RunningApi hasty = new RunningApi(other, ApiSettings.of(false, false, true), limits);
                Socket slow = new Socket(InetAddress.getLoopbackAddress(), hasty.port())) {
            slow.setSoTimeout(Patience.MILLIS);
            OutputStream out = slow.getOutputStream();
            out.write(("POST /api/v1/pushes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                            + hasty.token("o", Role.OPERATOR)
                            + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 408");
        }
    }

    @Test
    void unknownPathsMethodsAndParametersAreProblems() throws Exception {
        String viewer = api.token("v", Role.VIEWER);
        assertThat(RunningApi.problem(api.get("/nothing", viewer))).isEqualTo("not-found");
        assertThat(api.get("", viewer).statusCode()).isEqualTo(404);
        assertThat(api.get("/jobs/", viewer).statusCode()).isEqualTo(404);
        assertThat(api.get("/jobs/../tokens", viewer).statusCode()).isEqualTo(404);
        HttpResponse<String> method = api.send("PUT", "/jobs", viewer, "{}");
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("Allow")).hasValue("GET, HEAD");
        HttpResponse<String> parameter = api.get("/jobs?stat=running&limit=0", viewer);
        assertThat(parameter.statusCode()).isEqualTo(400);
        assertThat(RunningApi.json(parameter).get("errors").get(0).get("in").stringValue())
                .isEqualTo("query");
        assertThat(api.get("/jobs?limit=0", viewer).statusCode()).isEqualTo(400);
        assertThat(api.get("/jobs?state=running,asleep", viewer).statusCode()).isEqualTo(400);
        assertThat(api.get("/jobs?limit=1&limit=2", viewer).statusCode()).isEqualTo(400);
        HttpResponse<String> head = api.send(
                api.request("/self").header("Authorization", "Bearer " + viewer).HEAD());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void theAddressOfAProblemExplainsIt() throws Exception {
        JsonNode problem = RunningApi.json(api.send(api.request("/jobs")));
        String address = problem.get("type").stringValue().substring(Routes.BASE.length());
        JsonNode explained = RunningApi.json(api.send(api.request(address)));
        assertThat(explained.get("title")).isEqualTo(problem.get("title"));
        assertThat(explained.get("explanation").stringValue()).contains("Authorization: Bearer");
    }

    @Test
    void changesAndRefusalsAreInTheAudit() throws Exception {
        String operator = api.token("o", Role.OPERATOR);
        assertThat(api.get("/jobs", operator).statusCode()).isEqualTo(200);
        assertThat(api.get("/tokens", operator).statusCode()).isEqualTo(403);
        assertThat(api.send("POST", "/jobs/none/cancel", operator, null).statusCode())
                .isEqualTo(404);
        assertThat(api.get("/jobs", "wrong").statusCode()).isEqualTo(401);
        assertThat(api.audit)
                .map(event -> (GatewayEvent.ApiCalled) event)
                .extracting(
                        GatewayEvent.ApiCalled::caller, GatewayEvent.ApiCalled::path, GatewayEvent.ApiCalled::status)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("token o", "/api/v1/tokens", 403),
                        org.assertj.core.groups.Tuple.tuple("token o", "/api/v1/jobs/none/cancel", 404),
                        org.assertj.core.groups.Tuple.tuple("", "/api/v1/jobs", 401));
    }

    @Test
    void itIsNotServedWithoutTlsBeyondLoopback(@TempDir Path other) throws Exception {
        ApiSettings open = ApiSettings.of(false, false, false);
        try (RunningApi exposed = new RunningApi(other, open)) {
            HttpResponse<String> response = exposed.get("/jobs", exposed.token("a", Role.ADMIN));
            assertThat(response.statusCode()).isEqualTo(403);
            assertThat(RunningApi.problem(response)).isEqualTo("insecure-listener");
        }
    }
}

package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls the HTTP API of a gateway with a token, and runs its commands. */
final class ApiClient {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String server;
    private final String token;

    /** @param port the admin port of the gateway, on loopback */
    ApiClient(int port, String token) {
        this.server = "http://127.0.0.1:" + port;
        this.token = token;
    }

    /** An operator's, with a token that is added by a command. */
    static ApiClient operator(Path configuration, Gateway gateway) {
        String token = command(configuration, "token", "add", "test", "--role", "operator")
                .lines()
                .toList()
                .getLast();
        return new ApiClient(gateway.adminPort().orElseThrow(), token);
    }

    /** Runs a command that succeeds, and returns what it prints. */
    static String command(Path configuration, String... words) {
        StringWriter output = new StringWriter();
        PrintWriter printer = new PrintWriter(output, true);
        List<String> line = new ArrayList<>(List.of(words));
        line.addAll(List.of("--config", configuration.toString()));
        int status = Main.commandLine().setOut(printer).setErr(printer).execute(line.toArray(String[]::new));
        assertThat(status).as(output.toString()).isZero();
        return output.toString().strip();
    }

    /** @param body JSON; empty for none */
    HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(server + "/api/v1" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .timeout(Patience.LIMIT)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("GET", path, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    /** All metrics, as text. */
    String metrics() throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create(server + "/metrics"))
                                .timeout(Patience.LIMIT)
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Begins something, and returns the id of its job. */
    String begin(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("POST", path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return JSON.readTree(answer.body()).get("job").asString();
    }

    void awaitSuccess(String job) throws Exception {
        Patience.await(
                "the job succeeds",
                () -> get("/jobs/" + job).get("state").asString().equals("succeeded"));
    }
}

package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.slipway.core.Failure;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Role;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Operation;
import dev.slipway.core.state.StateException;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.JobState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the gateway does, asked once and followed live. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OverviewTest {
    private static final int CROWD = 1000;
    private static final Client OTTO = new Client("7", Protocol.SFTP, InetAddress.getLoopbackAddress(), "otto");

    @TempDir
    private Path folder;

    private @Nullable RunningApi running;

    private RunningApi start(ApiSettings settings) throws IOException {
        RunningApi api = new RunningApi(
                folder,
                settings,
                RunningApi.listener()
                        .set("maxConnections", 2 * CROWD)
                        .set("maxConnectionsPerAddress", 2 * CROWD)
                        .build());
        running = api;
        return api;
    }

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
    }

    private static ApiSettings streams(int all, int ofCaller) {
        return new ApiSettings(false, false, true, Duration.ofMillis(300), all, ofCaller);
    }

    @Test
    void showsJobsAndRecentFailures() throws Exception {
        RunningApi api = start(streams(10, 10));
        String token = api.token("eye", Role.VIEWER);
        api.jobs.elsewhere(ListedJobs.running("one", 10, 100));
        api.jobs.elsewhere(ListedJobs.job("two", JobState.FAILED, 0, 100));
        api.events.publish(new GatewayEvent.Failed(
                Instant.now(),
                OTTO,
                Operation.UPLOAD,
                VirtualPath.parse("/in/a.bin"),
                Failure.QUOTA_EXCEEDED,
                "The account's quota is full."));
        // Clients do this to be sure that a folder is there.
        api.events.publish(new GatewayEvent.Failed(
                Instant.now(),
                OTTO,
                Operation.MAKE_DIRECTORY,
                VirtualPath.parse("/in"),
                Failure.ALREADY_EXISTS,
                "It already exists."));
        JsonNode overview = RunningApi.json(api.get("/overview", token));
        assertThat(overview.at("/jobs/running").intValue()).isEqualTo(1);
        assertThat(overview.at("/jobs/failed").intValue()).isEqualTo(1);
        assertThat(overview.at("/failures/0/path").stringValue()).isEqualTo("/in/a.bin");
        assertThat(overview.at("/failures/0/message").stringValue()).isEqualTo("The account's quota is full.");
        assertThat(overview.at("/failures/0/account").stringValue()).isEqualTo("otto");
        assertThat(api.get("/throughput", token).statusCode()).isEqualTo(200);
        assertThat(RunningApi.json(api.get("/transfers", token)).get("failures"))
                .hasSize(1);
    }

    @Test
    void isShownWhileTheDatabaseFails() throws Exception {
        RunningApi api = start(streams(10, 10));
        String token = api.token("eye", Role.VIEWER);
        api.jobs.fail(catchThrowableOfType(
                StateException.class,
                () -> api.database.read(handle -> handle.execute("DELETE FROM a_table_that_is_not_there"))));
        HttpResponse<String> overview = api.get("/overview", token);
        assertThat(overview.statusCode()).as(overview.body()).isEqualTo(200);
        assertThat(RunningApi.json(overview).at("/problems").isArray()).isTrue();
    }

    private static HttpResponse<InputStream> follow(RunningApi api, String token)
            throws IOException, InterruptedException {
        return api.client.send(
                api.request("/overview/events")
                        .header("Authorization", "Bearer " + token)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    private static JsonNode next(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("data: ")) {
                return JsonMapper.shared().readTree(line.substring(6));
            }
        }
        throw new IOException("the stream has ended");
    }

    private static BufferedReader lines(HttpResponse<InputStream> stream) {
        return new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8));
    }

    @Test
    void theStreamFollowsWhatHappensUntilItsReaderMayNoLongerRead() throws Exception {
        RunningApi api = start(streams(10, 10));
        String token = api.token("eye", Role.VIEWER);
        String admin = api.token("boss", Role.ADMIN);
        HttpResponse<InputStream> stream = follow(api, token);
        assertThat(stream.headers().firstValue("Content-Type")).contains("text/event-stream");
        BufferedReader lines = lines(stream);
        assertThat(next(lines).at("/failures")).isEmpty();
        api.events.publish(new GatewayEvent.Failed(
                Instant.now(), OTTO, Operation.DOWNLOAD, VirtualPath.parse("/b"), Failure.NOT_FOUND, "Not there."));
        while (next(lines).at("/failures").isEmpty()) {}

        assertThat(api.send("DELETE", "/tokens/eye", admin, null).statusCode()).isEqualTo(204);
        while (lines.readLine() != null) {}
        Patience.await("the stream has ended", () -> api.overviewStreams() == 0);
    }

    @Test
    void aCallerHasFewStreamsAndTheGatewayNotMany() throws Exception {
        RunningApi api = start(streams(3, 2));
        String first = api.token("first", Role.VIEWER);
        String second = api.token("second", Role.VIEWER);
        List<HttpResponse<InputStream>> open = new ArrayList<>();
        open.add(follow(api, first));
        open.add(follow(api, first));
        HttpResponse<InputStream> third = follow(api, first);
        assertThat(third.statusCode()).isEqualTo(503);
        assertThat(third.headers().firstValue("Retry-After")).isPresent();
        third.body().close();
        open.add(follow(api, second));
        assertThat(open).allMatch(stream -> stream.statusCode() == 200);
        HttpResponse<InputStream> fourth = follow(api, second);
        assertThat(fourth.statusCode()).isEqualTo(503);
        fourth.body().close();
        for (HttpResponse<InputStream> stream : open) {
            stream.body().close();
        }
        Patience.await("their places are free", () -> api.overviewStreams() == 0);
        HttpResponse<InputStream> again = follow(api, first);
        assertThat(again.statusCode()).isEqualTo(200);
        again.body().close();
    }

    /** Half of them never read what they asked for. */
    @Test
    void aThousandStreamsDoNotStallHealthChecks() throws Exception {
        RunningApi api = start(streams(CROWD, CROWD));
        String token = api.token("crowd", Role.VIEWER);
        byte[] request = ("GET /api/v1/overview/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        List<Socket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < CROWD; i++) {
                Socket socket = new Socket();
                socket.setReceiveBufferSize(4096);
                crowd.add(socket);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
                socket.getOutputStream().write(request);
                // One after the other: only some requests are answered at once.
                assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 200");
                if (i % 2 == 0) {
                    Thread _ = Thread.ofVirtual().start(() -> drain(socket));
                }
            }
            Patience.await("all are open", () -> api.overviewStreams() == CROWD);
            for (int i = 0; i < 20; i++) {
                HttpResponse<Void> health = api.client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + "/healthz"))
                                .timeout(Patience.LIMIT)
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
                assertThat(health.statusCode()).isEqualTo(200);
                assertThat(api.get("/jobs", token).statusCode()).isEqualTo(200);
            }
        } finally {
            for (Socket socket : crowd) {
                socket.close();
            }
        }
        Patience.await("all have ended", () -> api.overviewStreams() == 0);
    }

    private static void drain(Socket socket) {
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The test has closed it.
        }
    }
}

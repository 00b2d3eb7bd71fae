package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do not complete their requests, while others need the API. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowClientsTest {
    /** Shorter than the time-outs of the slow clients. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @TempDir
    private Path folder;

    private final List<Socket> slow = new ArrayList<>();
    private RunningApi api;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder, ApiSettings.of(false, false, true));
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : slow) {
            socket.close();
        }
        api.close();
    }

    private Socket begin(String bytes) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port());
        slow.add(socket);
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private int page(String path) throws IOException, InterruptedException {
        return api.client
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path))
                                .timeout(PATIENCE)
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private int jobs(String token) throws IOException, InterruptedException {
        return api.send(api.request("/jobs").timeout(PATIENCE).header("Authorization", "Bearer " + token))
                .statusCode();
    }

    @Test
    void incompleteLoginsDoNotBlockAdministrators() throws Exception {
        String admin = api.token("a", Role.ADMIN);
        for (int i = 0; i < 100; i++) {
            begin("POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 60\r\n\r\n{");
        }
        for (int i = 0; i < 5; i++) {
            assertThat(jobs(admin)).isEqualTo(200);
            assertThat(page("/healthz")).isEqualTo(200);
            assertThat(page("/metrics")).isEqualTo(200);
        }
    }

    @Test
    void aThousandIncompleteRequestsBlockNobody() throws Exception {
        String admin = api.token("a", Role.ADMIN);
        for (int i = 0; i < 1000; i++) {
            begin("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
        }
        for (int i = 0; i < 5; i++) {
            assertThat(page("/healthz")).isEqualTo(200);
            assertThat(page("/metrics")).isEqualTo(200);
            assertThat(jobs(admin)).isEqualTo(200);
        }
    }
}

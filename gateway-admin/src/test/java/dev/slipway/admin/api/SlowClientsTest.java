package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.Role;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do not complete their requests, while others need the API. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowClientsTest {
    /** The slow clients are waited for longer than this. */
    private static final Duration PATIENCE = Patience.LIMIT;

    @TempDir
    private Path folder;

    private final List<Socket> slow = new ArrayList<>();
    private RunningApi api;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(
                folder,
                ApiSettings.of(false, false, true),
                RunningApi.listener()
                        .set("requestTimeout", Patience.LIMIT.multipliedBy(2))
                        .build());
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

    private int login(HttpClient client, String password) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + "/api/v1/login"))
                                .header("Content-Type", "application/json")
                                .timeout(Patience.LIMIT)
                                .POST(HttpRequest.BodyPublishers.ofString("{\"account\": \"" + RunningApi.ADMINISTRATOR
                                        + "\", \"password\": \"" + password + "\"}"))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** Their answers wait until a password could have been checked. */
    @Test
    void manyFailedLoginsOfOneAddressDoNotKeepOthersFromLoggingIn() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch crowded = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient other = HttpClient.newBuilder()
                        .localAddress(InetAddress.ofLiteral("127.0.0.2"))
                        .build()) {
            for (int i = 0; i < 24; i++) {
                Future<?> _ = threads.submit(() -> {
                    while (!over.get()) {
                        if (login(api.client, "wrong") == 503) {
                            crowded.countDown();
                        }
                    }
                    return null;
                });
            }
            try {
                assertThat(crowded.await(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                for (int i = 0; i < 5; i++) {
                    assertThat(login(other, RunningApi.PASSWORD)).isEqualTo(200);
                }
            } finally {
                over.set(true);
            }
        }
    }
}

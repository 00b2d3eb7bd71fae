package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shutdown of a gateway while clients use it. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DrainTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    private static int status(int adminPort, String path) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path))
                                    .timeout(LIMIT)
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    /** A control connection that reads the greeting and is then idle. */
    private static BufferedReader idleSession(Socket socket) throws IOException {
        socket.setSoTimeout((int) LIMIT.toMillis());
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        assertThat(lines.readLine()).startsWith("220 ");
        return lines;
    }

    @Test
    void uploadsThatEndInTimeAreStored(S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("file"), Bytes.random(1, 24 * MIB));
        try (FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            uploadsEndInTime(network, bucket, file);
        }
    }

    private void uploadsEndInTime(FaultProxy network, S3Bucket bucket, Path file) throws Exception {
        Path configuration = ServeProcess.configuration(
                directory, new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name()), """
                admin: {port: 0}
                shutdown: {drain: 1h}
                """);
        // No upload ends before all have begun, however slow the machine is.
        HeldRequests later = network.hold(1, request -> request.hasParameter("partNumber") && !isFirstPart(request));
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("log"), configuration);
                BucketView stored = new BucketView(bucket);
                Socket idle = new Socket(
                        InetAddress.getLoopbackAddress(), gateway.ports().explicit());
                RunningClient ftps = start(Protocol.EXPLICIT_FTPS, gateway, file, "ftps");
                RunningClient sftp = start(Protocol.SFTP, gateway, file, "sftp");
                RunningClient scp = start(Protocol.SCP, gateway, file, "scp")) {
            BufferedReader lines = idleSession(idle);
            Patience.await(
                    "all uploads are under way",
                    () -> !stored.pendingUploads("ftps").isEmpty()
                            && !stored.pendingUploads("sftp").isEmpty()
                            && !stored.pendingUploads("scp").isEmpty());
            int admin = gateway.find("Metrics, health and the API on http://127.0.0.1:(\\d+)");
            assertThat(status(admin, "/readyz")).isEqualTo(200);

            gateway.process().destroy();

            assertThat(lines.readLine()).startsWith("421 ");
            assertThat(lines.readLine()).isNull();
            assertThat(status(admin, "/readyz")).isEqualTo(503);
            assertThat(status(admin, "/healthz")).isEqualTo(200);
            assertRefused(gateway.ports().explicit());
            assertRefused(gateway.ports().ssh());
            later.release();
            for (RunningClient client : new RunningClient[] {ftps, sftp, scp}) {
                client.await(LIMIT).assertSuccess();
            }
            assertThat(gateway.process().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(gateway.process().exitValue()).as(gateway.log()).isZero();
            for (String key : new String[] {"ftps", "sftp", "scp"}) {
                assertThat(stored.get(key)).isEqualTo(Files.readAllBytes(file));
            }
            assertThat(gateway.log()).contains("Ended").doesNotContain("aborted");
        }
    }

    private static boolean isFirstPart(dev.slipway.testing.HttpRequest request) {
        return request.target().matches(".*[?&]partNumber=1(&.*)?");
    }

    private static RunningClient start(Protocol protocol, ServeProcess gateway, Path file, String key)
            throws IOException {
        return protocol.upload(gateway.ports(), file, key, 6 * MIB).start();
    }

    private static void assertRefused(int port) throws InterruptedException {
        Patience.await("refused", () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return !socket.isConnected();
            } catch (IOException e) {
                return true;
            }
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"IMPLICIT_FTPS", "SFTP"})
    void uploadsThatDoNotEndInTimeAreAborted(Protocol protocol, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                RunningClient client = uploadToAGatewayThatEnds(protocol, bucket)) {
            client.await(LIMIT).assertFailure();
            assertThat(stored.keys()).isEmpty();
            assertThat(stored.pendingUploads("file")).isEmpty();
        }
    }

    private RunningClient uploadToAGatewayThatEnds(Protocol protocol, S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("file"), Bytes.random(1, 64 * MIB));
        try (Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            RunningClient client =
                    protocol.upload(ListenPorts.of(gateway), file, "file", MIB).start();
            Patience.await(
                    "the upload is under way", () -> gateway.uploadMemory().open() == 1);

            gateway.drain(Duration.ofMillis(500));

            assertThat(client.isAlive()).isTrue();
            return client;
        }
    }

    @Test
    void aSecondSignalEndsItAtOnce(S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("file"), Bytes.random(1, 64 * MIB));
        Path configuration = ServeProcess.configuration(directory, bucket, "shutdown: {drain: 1h}");
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("log"), configuration);
                BucketView stored = new BucketView(bucket);
                RunningClient client = Protocol.SFTP
                        .upload(gateway.ports(), file, "file", 2 * MIB)
                        .start()) {
            Patience.await(
                    "the upload is under way",
                    () -> !stored.pendingUploads("file").isEmpty());
            gateway.process().destroy();
            Patience.await("it drains", () -> gateway.log().contains("Shutting down: 1 sessions"));

            gateway.process().destroy();

            assertThat(gateway.process().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(gateway.process().exitValue()).isEqualTo(128 + 15);
            client.await(LIMIT).assertFailure();
            assertThat(stored.keys()).isEmpty();
        }
    }
}

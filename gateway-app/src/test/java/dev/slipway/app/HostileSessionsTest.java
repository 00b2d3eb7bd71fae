package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fifty concurrent sessions of one account that make the gateway hold as much as they can, in a process with a heap of
 * 256 MiB. They do not violate the protocols. The account may use the shell, too.
 */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileSessionsTest {
    private static final int MIB = 1 << 20;

    /** As the launcher sets it for a machine where the heap is 256 MiB; the budgets follow from both. */
    private static final List<String> MEMORY =
            List.of("-Xmx256m", "-XX:MaxDirectMemorySize=339m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError");

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @AfterEach
    void closeClient() {
        http.close();
    }

    private ServeProcess start(S3Bucket bucket) throws IOException {
        Path configuration = ServeProcess.configuration(directory, bucket, "admin: {bind: 127.0.0.1, port: 0}");
        String settings = Files.readString(configuration);
        String budgets = "memory: {parts: 64MiB, firstPart: 5MiB, downloads: 32MiB}\n";
        assertThat(settings).contains(budgets, "accounts: [{");
        Files.writeString(
                configuration,
                settings.replace(budgets, "")
                        .replace(
                                "accounts: [{",
                                "accounts: [{name: %s, password: %s, resume: stat, options: admin}, {"
                                        .formatted(HostileClients.USER, HostileClients.PASSWORD)));
        return ServeProcess.start(directory.resolve("gateway.log"), configuration, MEMORY);
    }

    @Test
    void hostileSessionsNeitherEndTheGatewayNorBlockOthers(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                ServeProcess gateway = start(bucket)) {
            for (int i = 0; i < 300; i++) {
                stored.put(HostileClients.DIRECTORY + "/" + "n".repeat(200) + i, new byte[0]);
            }
            stored.put(HostileClients.FILE, Bytes.random(1, 4 * MIB));
            try (HostileClients clients = new HostileClients(gateway.ports())) {
                clients.start();
                Patience.await(
                        "everything is sent, and answered where the client listens",
                        () -> !gateway.process().isAlive() || clients.isAnswered());
                assertThat(gateway.process().isAlive()).as(gateway.log()).isTrue();
                assertThat(clients.failures()).isEmpty();
                assertThat(clients.sessions()).isEqualTo(HostileClients.SESSIONS);
                assertThat(gauges(gateway, "slipway_sessions{"))
                        .as("all of them are logged in still")
                        .anyMatch(line -> line.contains("ftps") && !line.endsWith(" 0.0"))
                        .anyMatch(line -> line.contains("sftp") && !line.endsWith(" 0.0"));
                transferFiles(gateway, stored, "meanwhile");
            }
            Patience.await(
                    "everything is given back",
                    () -> !gateway.process().isAlive() || inUse(gateway).isEmpty());
            assertThat(gateway.process().isAlive()).as(gateway.log()).isTrue();
            transferFiles(gateway, stored, "afterwards");
            Patience.await("everything is given back", () -> inUse(gateway).isEmpty());
            assertThat(gateway.log()).doesNotContain("OutOfMemoryError", " ERROR ");
        }
    }

    /** The transfers of a well-behaved account. */
    private void transferFiles(ServeProcess gateway, BucketView stored, String when) throws Exception {
        byte[] content = Bytes.random(2, 12 * MIB);
        Path file = Files.write(directory.resolve("file"), content);
        for (Protocol protocol : List.of(Protocol.SFTP, Protocol.EXPLICIT_FTPS)) {
            String key = when + "-by-" + protocol;
            protocol.upload(gateway.ports(), file, key, Protocol.UNLIMITED)
                    .run(Patience.LIMIT)
                    .assertSuccess();
            assertThat(stored.get(key)).isEqualTo(content);
            Path back = directory.resolve(key);
            protocol.download(gateway.ports(), key, back).run(Patience.LIMIT).assertSuccess();
            assertThat(back).hasBinaryContent(content);
        }
    }

    /** The gauges of held resources that are not zero. */
    private List<String> inUse(ServeProcess gateway) {
        return gauges(
                        gateway,
                        "slipway_memory_reserved",
                        "slipway_memory_used",
                        "slipway_memory_transfers",
                        "slipway_memory_waiting",
                        "slipway_sftp_handles",
                        "slipway_connections_unauthenticated",
                        "slipway_sessions{")
                .stream()
                .filter(line -> !line.endsWith(" 0.0"))
                .toList();
    }

    private List<String> gauges(ServeProcess gateway, String... prefixes) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + gateway.find("the API on http://127.0.0.1:(\\d+)") + "/metrics"))
                .timeout(Patience.LIMIT)
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> List.of(prefixes).stream().anyMatch(line::startsWith))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

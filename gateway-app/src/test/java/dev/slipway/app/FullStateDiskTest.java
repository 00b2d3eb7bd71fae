package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SmallFileSystem;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The disk of the state database becomes full, and has space again later. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FullStateDiskTest {
    private static final int MIB = 1 << 20;
    private static final String REASON = "the state database cannot be used: its disk is full";

    @TempDir
    private Path directory;

    private static HttpResponse<String> readiness(Gateway gateway) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + gateway.adminPort().orElseThrow() + "/readyz"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static void fill(Path file) throws IOException {
        try (OutputStream output = Files.newOutputStream(file)) {
            byte[] page = new byte[4096];
            while (true) {
                output.write(page);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static ListAppender<ILoggingEvent> collectLog() {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(lines);
        return lines;
    }

    @Test
    void aFullDiskIsReportedAndTheGatewayRecovers(S3Bucket bucket) throws Exception {
        Path large = Files.write(directory.resolve("large"), Bytes.random(1, 11 * MIB));
        Path small = Files.write(directory.resolve("small"), Bytes.random(2, 1000));
        ListAppender<ILoggingEvent> lines = collectLog();
        try (SmallFileSystem disk = SmallFileSystem.of("state", 4L * MIB);
                BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, disk.folder())
                        .set("accounts[0].resume", "stat")
                        .set("admin.port", "0")
                        .start()) {
            assertThat(gateway.awaitReady(Patience.LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            assertThat(readiness(gateway).statusCode()).isEqualTo(200);
            Path filler = disk.folder().resolve("filler");
            fill(filler);

            for (int i = 0; i < 5; i++) {
                String said = Protocol.EXPLICIT_FTPS
                        .upload(ports, large, "large" + i, Protocol.UNLIMITED)
                        .run(Patience.LIMIT)
                        .assertFailure()
                        .stderr();
                assertThat(said).containsAnyOf("451 Nothing can be stored now: " + REASON, "Send failure");
                Protocol.SFTP
                        .upload(ports, large, "large" + i, Protocol.UNLIMITED)
                        .run(Patience.LIMIT)
                        .assertFailure();
                Protocol.SFTP
                        .upload(ports, small, "small" + i, Protocol.UNLIMITED)
                        .run(Patience.LIMIT);
            }
            HttpResponse<String> notReady = readiness(gateway);
            assertThat(notReady.statusCode()).isEqualTo(503);
            assertThat(notReady.body()).contains(REASON);
            assertThat(List.copyOf(lines.list).stream()
                            .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
                            .filter(line -> !line.getLoggerName().startsWith("org.testcontainers"))
                            .map(line -> line.getLevel() + " " + line.getLoggerName() + " " + line.getFormattedMessage()
                                    + (line.getThrowableProxy() == null
                                            ? ""
                                            : " and "
                                                    + line.getThrowableProxy().getStackTraceElementProxyArray().length
                                                    + " lines of a stack")))
                    .as("the log")
                    .hasSizeBetween(1, 6)
                    .anySatisfy(line -> assertThat(line).contains("its disk is full; operations that need it fail"))
                    .noneSatisfy(line -> assertThat(line).contains("lines of a stack"));

            Files.delete(filler);

            Patience.await("it is ready again", gateway::isReady);
            for (Protocol protocol : List.of(Protocol.EXPLICIT_FTPS, Protocol.SFTP)) {
                protocol.upload(ports, large, "again-" + protocol, Protocol.UNLIMITED)
                        .run(Patience.LIMIT)
                        .assertSuccess();
                assertThat(stored.get("again-" + protocol)).isEqualTo(Files.readAllBytes(large));
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
        } finally {
            ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(lines);
        }
    }
}

package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed in the middle of uploads, and started again as the same command starts it. */
@S3Store
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledGatewayTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final byte[] OLD = Bytes.random(1, 1000);

    @TempDir
    private Path directory;

    /** {@code slipway serve} in a process of its own. Closing kills it, as {@code kill -9} does. */
    private final class Serving implements AutoCloseable {
        private final Process process;
        private final Path log;
        private final ListenPorts ports;

        Serving(String name, Path configuration) throws IOException {
            log = directory.resolve(name + ".log");
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:MaxDirectMemorySize=256m",
                            "--enable-native-access=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Main.class.getName(),
                            "serve",
                            "--config",
                            configuration.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(log.toFile())
                    .start();
            long end = System.nanoTime() + LIMIT.toNanos();
            while (!log().contains("the gateway is ready")) {
                assertThat(process.isAlive() && System.nanoTime() < end)
                        .as(log())
                        .isTrue();
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            ports = new ListenPorts(
                    port("FTP with explicit TLS on .*:(\\d+)"),
                    port("FTP with implicit TLS on .*:(\\d+)"),
                    port("SFTP listens on .* port (\\d+)"));
        }

        private String log() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private int port(String line) {
            Matcher matcher = Pattern.compile(line).matcher(log());
            assertThat(matcher.find()).as(log()).isTrue();
            return Integer.parseInt(matcher.group(1));
        }

        void kill() {
            process.destroyForcibly();
            assertThat(process.onExit().orTimeout(20, TimeUnit.SECONDS).join().isAlive())
                    .isFalse();
        }

        @Override
        public void close() {
            kill();
        }
    }

    private Path configuration(S3Bucket bucket) throws IOException {
        return Files.writeString(directory.resolve("slipway.yml"), """
                        s3:
                          endpoint: %s
                          region: %s
                          accessKey: %s
                          secretKey: %s
                          bucket: %s
                        memory: {parts: 64MiB, firstPart: 5MiB, downloads: 32MiB}
                        state: {directory: '%s'}
                        ftps: {bind: 127.0.0.1, explicitPort: 0, implicitPort: 0, passivePorts: 0}
                        sftp: {bind: 127.0.0.1, port: 0}
                        accounts: [{name: %s, password: %s}]
                        """.formatted(
                        bucket.endpoint().uri(),
                        bucket.endpoint().region(),
                        bucket.endpoint().accessKey(),
                        bucket.endpoint().secretKey(),
                        bucket.name(),
                        directory.resolve("state"),
                        Protocol.USER,
                        Protocol.PASSWORD));
    }

    @Test
    void leavesTheOldFilesAndCleansUpWhenItIsStartedAgain(S3Bucket bucket) throws Exception {
        Path large = Files.write(directory.resolve("large"), Bytes.random(3, 64 * MIB));
        Path small = Files.write(directory.resolve("small"), Bytes.random(2, 100_000));
        Path configuration = configuration(bucket);
        List<String> keys = List.of("new-ftps", "new-sftp", "old-ftps", "old-sftp");
        try (BucketView stored = new BucketView(bucket)) {
            stored.put("old-ftps", OLD);
            stored.put("old-sftp", OLD);
            try (Serving gateway = new Serving("first", configuration);
                    RunningClient newFtps = start(Protocol.EXPLICIT_FTPS, gateway, large, "new-ftps");
                    RunningClient oldFtps = start(Protocol.IMPLICIT_FTPS, gateway, large, "old-ftps");
                    RunningClient newSftp = start(Protocol.SFTP, gateway, large, "new-sftp");
                    RunningClient oldSftp = start(Protocol.SFTP, gateway, large, "old-sftp")) {
                Bytes.await(
                        "parts of every file",
                        () -> keys.stream()
                                .noneMatch(key -> stored.pendingUploads(key).isEmpty()));
                gateway.kill();

                for (RunningClient client : List.of(newFtps, oldFtps, newSftp, oldSftp)) {
                    client.await(LIMIT).assertFailure();
                }
            }
            assertThat(keys).noneMatch(key -> stored.pendingUploads(key).isEmpty());
            assertOnlyTheOldFiles(stored);

            try (Serving again = new Serving("second", configuration)) {
                Bytes.await(
                        "what was left is aborted",
                        () -> keys.stream()
                                .allMatch(key -> stored.pendingUploads(key).isEmpty()));
                assertOnlyTheOldFiles(stored);

                for (String key : keys) {
                    Protocol protocol = key.endsWith("sftp") ? Protocol.SFTP : Protocol.EXPLICIT_FTPS;
                    protocol.upload(again.ports, small, key, Protocol.UNLIMITED)
                            .run(LIMIT)
                            .assertSuccess();
                    assertThat(stored.get(key)).isEqualTo(Files.readAllBytes(small));
                }
            }
        }
    }

    private static RunningClient start(Protocol protocol, Serving gateway, Path file, String key) throws IOException {
        return protocol.upload(gateway.ports, file, key, 5 * MIB).start();
    }

    private static void assertOnlyTheOldFiles(BucketView stored) {
        assertThat(stored.keys()).containsExactly("old-ftps", "old-sftp");
        assertThat(stored.get("old-ftps")).isEqualTo(OLD);
        assertThat(stored.get("old-sftp")).isEqualTo(OLD);
    }
}

package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed while it pulls, several times: every file is in the store in the end, once and whole. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledPullTest {
    private static final int MIB = 1 << 20;
    private static final int SMALL_FILES = 60;
    private static final int KILLS = 4;

    @TempDir
    private Path directory;

    private final Map<String, byte[]> contents = new TreeMap<>();

    private void write(Path source, String path, byte[] content) throws IOException {
        Path file = source.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-02T03:04:05Z")));
        contents.put("in/" + path, content);
    }

    private Path configuration(SshdServer server, int port, Path source, S3Bucket bucket) throws IOException {
        return ServeProcess.configuration(directory, bucket, "off", """
                remotes:
                  - name: source
                    host: 127.0.0.1
                    port: %d
                    user: %s
                    keyFile: %s
                    hostKeys: ["%s"]
                pulls:
                  - {name: p, remote: source, folder: '%s', target: {prefix: in/}}
                """.formatted(
                        port, server.user(), server.userKey(), server.hostKey(), source));
    }

    /** A command on the gateway's machine. Returns its standard output. */
    private static String command(String... arguments) throws Exception {
        Process process = new ProcessBuilder(ServeProcess.command(arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return output;
    }

    @Test
    void everyFileArrivesOnceAndWhole(S3Bucket bucket) throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        for (int i = 0; i < 3; i++) {
            write(source, "large" + i, Bytes.random(i, 30 * MIB + i));
        }
        for (int i = 0; i < SMALL_FILES; i++) {
            write(source, "small/" + i, Bytes.random(100 + i, 1000 + i));
        }
        try (SshdServer server = SshdServer.start();
                FaultProxy proxy = FaultProxy.tcp(server.port());
                BucketView stored = new BucketView(bucket)) {
            Path configuration = configuration(server, proxy.port(), source, bucket);
            for (int kill = 0; kill < KILLS; kill++) {
                try (ServeProcess gateway = ServeProcess.start(directory.resolve(kill + ".log"), configuration)) {
                    if (kill == 0) {
                        assertThat(command("pull", "p", "--config", configuration.toString()))
                                .contains("was accepted");
                    }
                    long before = proxy.bytesToClient();
                    long wanted = before + 15L * MIB;
                    Patience.await(
                            "some files are stored",
                            () -> proxy.bytesToClient() >= wanted
                                    || stored.keys().containsAll(contents.keySet()));
                    gateway.kill();
                }
            }
            try (ServeProcess _ = ServeProcess.start(directory.resolve("last.log"), configuration)) {
                Patience.await("all is there", () -> stored.keys().containsAll(contents.keySet()));
                String shown = command("pull", "p", "--full", "--wait", "--config", configuration.toString());
                assertThat(shown).isNotNull();
                assertThat(command("pulls", "show", "p", "--config", configuration.toString()))
                        .contains("full, job ", "stored 0 files, 0 bytes; " + contents.size() + " unchanged");
            }
            for (Map.Entry<String, byte[]> content : contents.entrySet()) {
                assertThat(stored.get(content.getKey())).as(content.getKey()).isEqualTo(content.getValue());
            }
            assertThat(stored.keys().stream().filter(key -> !key.endsWith("/"))).hasSize(contents.size());
        }
    }
}

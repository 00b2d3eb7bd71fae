package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed in the middle of uploads, and restarted with the same command. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledGatewayTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Patience.LIMIT;
    private static final byte[] OLD = Bytes.random(1, 1000);

    @TempDir
    private Path directory;

    @Test
    void leavesTheOldFilesAndCleansUpAfterARestart(S3Bucket bucket) throws Exception {
        Path large = Files.write(directory.resolve("large"), Bytes.random(3, 64 * MIB));
        Path small = Files.write(directory.resolve("small"), Bytes.random(2, 100_000));
        Path configuration = ServeProcess.configuration(directory, bucket, "");
        List<String> keys = List.of("new-ftps", "new-sftp", "old-ftps", "old-sftp");
        try (BucketView stored = new BucketView(bucket)) {
            stored.put("old-ftps", OLD);
            stored.put("old-sftp", OLD);
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration);
                    RunningClient newFtps = start(Protocol.EXPLICIT_FTPS, gateway, large, "new-ftps");
                    RunningClient oldFtps = start(Protocol.IMPLICIT_FTPS, gateway, large, "old-ftps");
                    RunningClient newSftp = start(Protocol.SFTP, gateway, large, "new-sftp");
                    RunningClient oldSftp = start(Protocol.SFTP, gateway, large, "old-sftp")) {
                Patience.await(
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

            try (ServeProcess again = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await(
                        "what was left is aborted",
                        () -> keys.stream()
                                .allMatch(key -> stored.pendingUploads(key).isEmpty()));
                assertOnlyTheOldFiles(stored);

                for (String key : keys) {
                    Protocol protocol = key.endsWith("sftp") ? Protocol.SFTP : Protocol.EXPLICIT_FTPS;
                    protocol.upload(again.ports(), small, key, Protocol.UNLIMITED)
                            .run(LIMIT)
                            .assertSuccess();
                    assertThat(stored.get(key)).isEqualTo(Files.readAllBytes(small));
                }
            }
        }
    }

    private static RunningClient start(Protocol protocol, ServeProcess gateway, Path file, String key)
            throws IOException {
        return protocol.upload(gateway.ports(), file, key, 5 * MIB).start();
    }

    private static void assertOnlyTheOldFiles(BucketView stored) {
        assertThat(stored.keys()).containsExactly("old-ftps", "old-sftp");
        assertThat(stored.get("old-ftps")).isEqualTo(OLD);
        assertThat(stored.get("old-sftp")).isEqualTo(OLD);
    }
}

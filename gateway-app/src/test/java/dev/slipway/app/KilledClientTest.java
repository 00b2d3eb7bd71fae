package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that is killed in the middle of an upload has stored nothing. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledClientTest {
    private static final int MIB = 1 << 20;
    private static final byte[] OLD = Bytes.random(1, 1000);

    @ParameterizedTest
    @EnumSource
    void leavesTheOldFileAndNothingElse(Protocol protocol, S3Bucket bucket, @TempDir Path directory) throws Exception {
        Path small = Files.write(directory.resolve("small"), Bytes.random(2, 4 * MIB));
        Path large = Files.write(directory.resolve("large"), Bytes.random(3, 64 * MIB));
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .start()) {
            assertThat(gateway.awaitReady(Patience.LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            stored.put("old", OLD);

            // Less than a part, so that the store has received none of it.
            try (RunningClient client =
                    protocol.upload(ports, small, "old", MIB / 2).start()) {
                Patience.await(
                        "bytes of the small file", () -> gateway.uploadMemory().usedBytes() > 0);
                assertThat(client.isAlive()).isTrue();
                client.kill();
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
            assertThat(stored.keys()).containsExactly("old");
            assertThat(stored.get("old")).isEqualTo(OLD);

            try (RunningClient creating =
                            protocol.upload(ports, large, "new", 10 * MIB).start();
                    RunningClient replacing =
                            protocol.upload(ports, large, "old", 10 * MIB).start()) {
                Patience.await(
                        "parts of the large files",
                        () -> !stored.pendingUploads("new").isEmpty()
                                && !stored.pendingUploads("old").isEmpty());
                assertThat(creating.isAlive()).isTrue();
                assertThat(replacing.isAlive()).isTrue();
                creating.kill();
                replacing.kill();
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
            Patience.await(
                    "no upload is pending",
                    () -> stored.pendingUploads("new").isEmpty()
                            && stored.pendingUploads("old").isEmpty());
            assertThat(stored.keys()).containsExactly("old");
            assertThat(stored.get("old")).isEqualTo(OLD);

            protocol.upload(ports, small, "new", Protocol.UNLIMITED)
                    .run(Patience.LIMIT)
                    .assertSuccess();
            assertThat(stored.get("new")).isEqualTo(Files.readAllBytes(small));
        }
    }
}

package dev.slipway.ingest.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many files, and a large one: few and small in every build, more with {@code conformance/arrivals.sh}. */
@S3Store
@Timeout(value = 2 * Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LargePullsTest {
    private static final int FILES = Integer.getInteger("slipway.pull.files", 300);
    private static final long BYTES = Long.getLong("slipway.pull.bytes", 64L << 20);

    private final S3Bucket bucket;
    private final Path folder;
    private final Path source;

    LargePullsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.folder = folder;
        this.source = Files.createDirectory(folder.resolve("source"));
    }

    private PullingGateway start(SshdServer server) throws IOException {
        return new PullingGateway(
                new TestStore(bucket.endpoint(), folder.resolve("store")),
                bucket.name(),
                PullingGateway.remote(server, server.port()),
                Clock.systemUTC(),
                List.of(PullingGateway.settings(source)
                        .set("settledAfter", "0s")
                        .set("verify", "size")
                        .set("maxFiles", "8")
                        .build()));
    }

    @Test
    void manyFilesArriveAndAreUnchangedAfterwards() throws Exception {
        for (int i = 0; i < FILES; i++) {
            Path file = source.resolve("folder" + i % 7 + "/" + i);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "content " + i);
        }
        try (SshdServer server = SshdServer.start();
                PullingGateway gateway = start(server)) {
            PullReport first = gateway.run(false);
            assertThat(first.stored()).isEqualTo(FILES);
            assertThat(first.failed()).isZero();

            PullReport full = gateway.run(true);
            assertThat(full.unchanged()).isEqualTo(FILES);
            assertThat(full.stored()).isZero();
        }
    }

    @Test
    void aLargeFileArrivesWhole() throws Exception {
        Path file = source.resolve("large.bin");
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Random random = new Random(1);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            byte[] block = new byte[1 << 20];
            for (long at = 0; at < BYTES; at += block.length) {
                random.nextBytes(block);
                int length = (int) Math.min(block.length, BYTES - at);
                digest.update(block, 0, length);
                out.write(ByteBuffer.wrap(block, 0, length));
            }
        }
        try (SshdServer server = SshdServer.start();
                PullingGateway gateway = start(server)) {
            assertThat(gateway.run(false).stored()).isEqualTo(1);

            assertThat(gateway.files()
                            .checksum(VirtualPath.parse("/large.bin"), DigestAlgorithm.SHA256, 0, BYTES, () -> false))
                    .isEqualTo(digest.digest());
        }
    }
}

package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.config.SettingsLoader;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code slipway watch} does with files. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WatchCommandTest {
    @TempDir
    private Path directory;

    @Test
    void filesOfUsersAreStoredDecompressedAndRemoved(S3Bucket bucket) throws Exception {
        Path folder = Files.createDirectories(directory.resolve("home/user1/in"));
        Map<String, String> environment = Map.of(
                "SFTPPUSH_DEFAULTS_USERPATH", directory.resolve("home").toString(),
                "SFTPPUSH_DEFAULTS_S3TARGET", bucket.name(),
                "SLIPWAY_S3_ENDPOINT", bucket.endpoint().uri().toString(),
                "SLIPWAY_S3_REGION", bucket.endpoint().region(),
                "SLIPWAY_S3_ACCESS_KEY", bucket.endpoint().accessKey(),
                "SLIPWAY_S3_SECRET_KEY", bucket.endpoint().secretKey(),
                "SLIPWAY_STATE_DIRECTORY", directory.resolve("state").toString());
        SettingsLoader.Loaded loaded = SettingsLoader.loadWatch(null, List.of("name=user1,paths=/in"), environment);
        try (Gateway _ = Gateway.start(loaded.settings());
                BucketView stored = new BucketView(bucket)) {
            try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("data.csv.gz")))) {
                out.write("a,b".getBytes(StandardCharsets.UTF_8));
            }
            Files.writeString(folder.resolve("plain.csv"), "c,d");

            Patience.await(
                    "both are as they are to be",
                    () -> files(stored).equals(List.of("user1/in/data.csv", "user1/in/plain.csv")));
            assertThat(stored.get("user1/in/data.csv"))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("a,b");
            Patience.await("both are removed", () -> {
                try (var left = Files.list(folder)) {
                    return left.findAny().isEmpty();
                }
            });
        }
    }

    private static List<String> files(BucketView stored) {
        return stored.keysBelow("").stream()
                .filter(key -> !key.endsWith("/"))
                .sorted()
                .toList();
    }
}

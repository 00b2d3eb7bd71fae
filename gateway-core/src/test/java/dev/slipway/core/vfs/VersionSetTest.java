package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class VersionSetTest {
    private static ObjectInfo version(int key, int size, String etag, int second) {
        return new ObjectInfo(
                new ObjectKey("bucket", "some/long/key/of/an/object/" + key),
                size,
                etag,
                Instant.ofEpochSecond(second));
    }

    @Test
    void aVersionIsKeySizeTagAndTime() {
        VersionSet versions = new VersionSet();
        versions.add(version(1, 2, "\"a\"", 3));

        assertThat(versions.contains(version(1, 2, "\"a\"", 3))).isTrue();
        assertThat(versions.contains(version(2, 2, "\"a\"", 3))).isFalse();
        assertThat(versions.contains(version(1, 3, "\"a\"", 3))).isFalse();
        assertThat(versions.contains(version(1, 2, "\"b\"", 3))).isFalse();
        assertThat(versions.contains(version(1, 2, "\"a\"", 4))).isFalse();
    }

    @Test
    void manyAreKept() {
        VersionSet versions = new VersionSet();
        for (int i = 0; i < 100_000; i++) {
            versions.add(version(i, 1, "", 1));
            versions.add(version(i, 1, "", 1));
        }
        for (int i = 0; i < 100_000; i++) {
            assertThat(versions.contains(version(i, 1, "", 1))).isTrue();
            assertThat(versions.contains(version(i, 2, "", 1))).isFalse();
        }
    }
}

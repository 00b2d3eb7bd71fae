package dev.slipway.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DiscardStoreTest {
    private final DiscardStore store = new DiscardStore();

    private static ObjectKey key(String key) {
        return new ObjectKey("bucket", key);
    }

    private void write(String key, int bytes) throws IOException {
        try (ObjectWriter writer = store.write(key(key), ObjectAttributes.NONE, Duration.ZERO)) {
            writer.write(ByteBuffer.allocate(bytes));
            writer.complete(WriteCondition.ALWAYS);
        }
    }

    @Test
    void listsWrittenObjectsInPages() throws IOException {
        for (String key : new String[] {"a/1", "a/2", "b", "c/d/e"}) {
            write(key, 1);
        }
        ObjectPage first = store.list("bucket", "", true, null, 2);
        assertThat(first.prefixes()).containsExactly("a/");
        assertThat(first.objects()).extracting(info -> info.key().key()).containsExactly("b");
        ObjectPage second = store.list("bucket", "", true, first.next(), 2);
        assertThat(second.prefixes()).containsExactly("c/");
        assertThat(second.next()).isNull();
        assertThat(store.list("bucket", "a/", false, null, 10).objects()).hasSize(2);
        assertThat(store.list("other", "", true, null, 10).prefixes()).isEmpty();
    }

    @Test
    void aReaderReturnsAsManyBytesAsWereWritten() throws IOException {
        write("file", 3_000_000);
        ObjectInfo info = store.head(key("file")).orElseThrow();
        ByteBuffer target = ByteBuffer.allocate(4_000_000);
        try (ObjectReader reader = store.read(info, 500_000)) {
            while (reader.read(target) >= 0) {
                assertThat(target.hasRemaining()).isTrue();
            }
        }
        assertThat(target.position()).isEqualTo(2_500_000);
    }

    @Test
    void anUploadThatIsNotCompletedLeavesNothing() throws IOException {
        try (ObjectWriter writer = store.write(key("file"), ObjectAttributes.NONE, Duration.ZERO)) {
            writer.write(ByteBuffer.allocate(1));
        }
        assertThat(store.head(key("file"))).isEmpty();
    }

    @Test
    void conditionsAreChecked() throws IOException {
        write("file", 1);
        try (ObjectWriter writer = store.write(key("file"), ObjectAttributes.NONE, Duration.ZERO)) {
            assertThatThrownBy(() -> writer.complete(WriteCondition.IF_ABSENT)).isInstanceOf(StoreException.class);
        }
    }
}

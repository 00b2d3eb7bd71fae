package dev.slipway.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FreeChunksTest {
    private final AtomicLong now = new AtomicLong();
    private final FreeChunks free = new FreeChunks(1024, now::get);

    private List<ByteBuffer> take(int count) {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chunks.add(free.take());
        }
        return chunks;
    }

    private void minutes(int count) {
        now.addAndGet(Duration.ofMinutes(count).toNanos());
    }

    @Test
    void theChunkThatWasReturnedLastIsReusedFirst() {
        List<ByteBuffer> chunks = take(2);
        chunks.forEach(chunk -> free.add(chunk.limit(1)));

        ByteBuffer reused = free.take();
        assertThat(reused).isSameAs(chunks.get(1));
        assertThat(reused.remaining()).isEqualTo(1024);
    }

    @Test
    void chunksOfABurstAreGivenUpAfterAMinute() {
        take(100).forEach(free::add);
        assertThat(free.count()).isEqualTo(100);
        minutes(1);
        // From now on, three at a time are needed.
        take(3).forEach(free::add);
        minutes(1);
        take(3).forEach(free::add);
        minutes(1);
        take(3).forEach(free::add);

        assertThat(free.count()).isLessThanOrEqualTo(4);
    }

    @Test
    void chunksThatAreNeededOnceAMinuteAreKept() {
        take(10).forEach(free::add);
        for (int i = 0; i < 5; i++) {
            minutes(1);
            List<ByteBuffer> before = take(10);
            before.forEach(free::add);
            assertThat(free.count()).isEqualTo(10);
        }
    }
}

package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that share scarce part memory. */
@S3Store
class CrowdedStoreTest {
    private static final int MIB = 1 << 20;
    private static final Duration WAIT = Duration.ofSeconds(30);

    /** Otherwise clients of a slow store would see no progress for longer than they wait. */
    @Test
    void anUploadThatWaitsForMemoryStillTakesSomeBytes(S3Bucket bucket, @TempDir Path folder) throws Exception {
        byte[] bytes = Bytes.random(1, 12 * MIB);
        ObjectKey key = new ObjectKey(bucket.name(), "file");
        try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri());
                TestStore store =
                        TestStore.withPartBytes(bucket.endpoint().at(proxy.uri()), folder, 32L * MIB, 8L * MIB);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                ObjectWriter writer = store.store().write(key, ObjectAttributes.NONE, WAIT);
                ObjectWriter _ = store.store().write(key, ObjectAttributes.NONE, WAIT);
                ObjectWriter _ = store.store().write(key, ObjectAttributes.NONE, WAIT)) {
            HeldRequests parts = proxy.hold(1, request -> request.hasParameter("partNumber"));
            Future<?> writing = executor.submit(() -> {
                writer.write(ByteBuffer.wrap(bytes));
                return null;
            });
            parts.awaitArrival(Patience.LIMIT);
            long sent = writer.size();
            Patience.await("the upload continues", () -> writer.size() >= sent + 2 * 64 * 1024);
            assertThat(store.parts().reservedBytes()).isLessThanOrEqualTo(32L * MIB);
            parts.release();
            proxy.pass();
            writing.get();
            writer.complete(WriteCondition.ALWAYS);
            try (ObjectReader reader =
                    store.store().read(store.store().head(key).orElseThrow(), 0)) {
                assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
            }
        }
    }

    @Test
    void uploadsThatExceedTheMemoryAllSucceed(S3Bucket bucket, @TempDir Path folder) throws Exception {
        try (TestStore store = TestStore.withPartBytes(bucket.endpoint(), folder, 32L * MIB, 8L * MIB);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> uploads = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int id = i;
                uploads.add(executor.submit(() -> {
                    byte[] bytes = Bytes.random(id, 14 * MIB + id);
                    ObjectKey key = new ObjectKey(bucket.name(), "file-" + id);
                    try (ObjectWriter writer = store.store().write(key, ObjectAttributes.NONE, WAIT)) {
                        for (int at = 0; at < bytes.length; at += 100_000) {
                            writer.write(ByteBuffer.wrap(bytes, at, Math.min(100_000, bytes.length - at)));
                            assertThat(store.parts().reservedBytes()).isLessThanOrEqualTo(32L * MIB);
                        }
                        writer.complete(WriteCondition.ALWAYS);
                    }
                    try (ObjectReader reader =
                            store.store().read(store.store().head(key).orElseThrow(), 0)) {
                        assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
                    }
                    return null;
                }));
            }
            for (Future<?> upload : uploads) {
                upload.get();
            }
            Patience.await("all part memory is returned", () -> store.parts().reservedBytes() == 0);
            assertThat(store.parts().usedBytes()).isZero();
        }
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void closingAWriterEndsItsWaitForMemory(S3Bucket bucket, @TempDir Path folder) throws Exception {
        try (TestStore store = TestStore.withGrowingParts(bucket.endpoint(), folder, 64L * MIB);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                MemorySlot _ = store.parts().admit("somebody", 59L * MIB, WAIT)) {
            ObjectWriter writer =
                    store.store().write(new ObjectKey(bucket.name(), "file"), ObjectAttributes.NONE, WAIT);
            // The second part needs 10 MiB, and 5 are left.
            Future<Failure> failure = executor.submit(() -> {
                try {
                    writer.write(ByteBuffer.wrap(Bytes.random(1, 6 * MIB)));
                    throw new AssertionError("there was no memory for this");
                } catch (StoreException e) {
                    assertThat(Thread.interrupted()).isFalse();
                    return e.failure();
                }
            });
            Patience.await(
                    "the writer waits, holding nothing", () -> store.parts().reservedBytes() == 59L * MIB);
            writer.close();

            assertThat(failure.get()).isEqualTo(Failure.ABORTED);
        }
    }
}

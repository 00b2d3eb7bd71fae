package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Appends to large files whose retained bytes the store copies slowly. */
@S3Store
class RetainedBytesTest {
    private static final int MIB = 1 << 20;
    private static final Duration WAIT = Duration.ofSeconds(30);

    /** The most copies that are requested at once. */
    private static final int COPIES = 8;

    private final ObjectKey key;
    private final FaultProxy proxy;
    private final TestStore fixture;

    RetainedBytesTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        key = new ObjectKey(bucket.name(), "file");
        proxy = FaultProxy.http(bucket.endpoint().uri());
        fixture = TestStore.forChanges(
                TestBucket.of(new S3Bucket(bucket.endpoint().at(proxy.uri()), bucket.name())), folder, false);
    }

    @AfterEach
    void nothingIsHeld() throws Exception {
        proxy.pass();
        Patience.await("all part memory is returned", () -> fixture.parts().reservedBytes() == 0);
        fixture.close();
        proxy.close();
    }

    private static boolean isCopy(HttpRequest request) {
        return request.header("x-amz-copy-source").isPresent();
    }

    private static boolean isOf(HttpRequest request, ObjectKey key) {
        return request.path().endsWith("/" + key.key());
    }

    private static boolean isPart(HttpRequest request, int first, int last) {
        return IntStream.rangeClosed(first, last).anyMatch(part -> request.hasParameter("partNumber=" + part));
    }

    private static byte[] behind(byte[] before, int... added) {
        byte[] after = Arrays.copyOf(before, before.length + added.length);
        for (int i = 0; i < added.length; i++) {
            after[before.length + i] = (byte) added[i];
        }
        return after;
    }

    private byte[] read(ObjectKey key) throws StoreException {
        try (ObjectReader reader = fixture.store().open(key, 0, "anna").orElseThrow()) {
            return Bytes.readAll(reader);
        }
    }

    private static UploadOwner owner(ObjectInfo base) {
        return new UploadOwner("anna", true, false, new BaseVersion(base.etag(), base.size()));
    }

    private List<HttpRequest> copies() {
        return proxy.requests().stream().filter(RetainedBytesTest::isCopy).toList();
    }

    private ObjectInfo stored(ObjectKey key, int size) throws StoreException {
        try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(Bytes.random(1, size)));
            writer.complete(WriteCondition.ALWAYS);
        }
        return fixture.store().head(key).orElseThrow();
    }

    /** Starts an upload that retains all of a version and appends a few bytes. */
    private ObjectWriter appending(ObjectInfo base) throws StoreException {
        ObjectWriter writer = fixture.store().change(base, owner(base), WAIT);
        writer.retain(base.size());
        writer.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        return writer;
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void anAppendThatIsInterruptedEarlyRequestsNoMoreCopies() throws Exception {
        ObjectInfo base = stored(key, 90 * MIB);
        HeldRequests held = proxy.hold(COPIES, RetainedBytesTest::isCopy);
        ObjectWriter writer = appending(base);
        held.awaitArrival(Patience.LIMIT);

        // The copies are still held: nothing of them would be kept.
        writer.suspend(null);
        assertThat(fixture.store().interrupted(key, "anna")).isEmpty();
        held.release();

        Patience.await("the upload is aborted", () -> {
            try {
                return fixture.store().pendingUploads(key).isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(copies()).hasSize(COPIES);
        assertThat(fixture.store().head(key)).contains(base);
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void aLargeAppendDoesNotBlockOthers(S3Bucket bucket) throws Exception {
        ObjectKey otherKey = new ObjectKey(bucket.name(), "other");
        ObjectInfo base = stored(key, 96 * MIB);
        ObjectInfo otherBase = stored(otherKey, 24 * MIB);
        try (ObjectWriter other = fixture.store().change(otherBase, owner(otherBase), WAIT)) {
            other.retain(12L * MIB);
            other.awaitParts();
            HeldRequests first =
                    proxy.hold(COPIES, request -> isCopy(request) && isOf(request, key) && isPart(request, 1, COPIES));
            // All that the store could copy at once, if only one upload had turns.
            HeldRequests later = proxy.hold(
                    1, request -> isCopy(request) && isOf(request, key) && isPart(request, COPIES + 1, 2 * COPIES));
            HeldRequests others = proxy.hold(1, request -> isCopy(request) && isOf(request, otherKey));
            try (ObjectWriter writer = appending(base)) {
                first.awaitArrival(Patience.LIMIT);
                other.retain(otherBase.size());
                first.release();
                others.awaitArrival(Patience.LIMIT);
                others.release();
                other.write(ByteBuffer.wrap(new byte[] {4}));
                other.complete(WriteCondition.ALWAYS);
                later.release();
                writer.complete(WriteCondition.ALWAYS);
            }
        }
        assertThat(read(key)).isEqualTo(behind(Bytes.random(1, 96 * MIB), 1, 2, 3));
        assertThat(read(otherKey)).isEqualTo(behind(Bytes.random(1, 24 * MIB), 4));
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void copiesHoldNoMemory() throws Exception {
        ObjectInfo base = stored(key, 20 * MIB);
        HeldRequests held = proxy.hold(1, RetainedBytesTest::isCopy);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                ObjectWriter writer = appending(base)) {
            held.awaitArrival(Patience.LIMIT);
            Future<?> sent = executor.submit(() -> {
                writer.awaitParts();
                return null;
            });
            Patience.await("the memory is given back", () -> fixture.parts().reservedBytes() == 0);
            assertThat(sent.isDone()).isFalse();
            held.release();
            sent.get();
            writer.complete(WriteCondition.ALWAYS);
        }
        assertThat(read(key)).isEqualTo(behind(Bytes.random(1, 20 * MIB), 1, 2, 3));
    }
}

package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Alternatives that the gateway uses if a store refuses a part of S3's protocol. */
@S3Store
class StoreRefusalsTest {
    private static final int MIB = 1 << 20;
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final RequestFault NOT_IMPLEMENTED =
            new RequestFault.Respond(501, "<Error><Code>NotImplemented</Code><Message>not here</Message></Error>");

    private final FaultProxy proxy;
    private final TestStore fixture;
    private final ObjectStore store;
    private final ObjectKey key;

    StoreRefusalsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        proxy = FaultProxy.http(bucket.endpoint().uri());
        fixture = new TestStore(bucket.endpoint().at(proxy.uri()), folder, 64L << 20, 6L * MIB, 5L * MIB);
        store = fixture.store();
        key = new ObjectKey(bucket.name(), "file");
    }

    @AfterEach
    void stop() throws Exception {
        Patience.await("all part memory is returned", () -> fixture.parts().reservedBytes() == 0);
        fixture.close();
        proxy.close();
    }

    private void write(byte[] bytes, WriteCondition condition) throws StoreException {
        try (ObjectWriter writer = store.write(key, ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes));
            writer.complete(condition);
        }
    }

    private void assertStored(byte[] bytes) throws StoreException {
        try (ObjectReader reader = store.read(store.head(key).orElseThrow(), 0)) {
            assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
        }
    }

    private static boolean hasAnyHeader(HttpRequest request, String prefix) {
        return request.headers().keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    private long refusals(RefusedPart refused) {
        return proxy.requests().stream().filter(refused::isIn).count();
    }

    /** The requests to which the store answers 501. */
    enum RefusedPart {
        CHECKSUM,
        UPLOAD_CHECKSUM,
        WHOLE_OBJECT_CHECKSUM,
        PUT_CONDITION,
        COMPLETE_CONDITION;

        private boolean isIn(HttpRequest request) {
            return switch (this) {
                case CHECKSUM -> hasAnyHeader(request, "x-amz-checksum-crc32");
                case UPLOAD_CHECKSUM ->
                    request.hasParameter("uploads") && hasAnyHeader(request, "x-amz-checksum-algorithm");
                case WHOLE_OBJECT_CHECKSUM ->
                    request.hasParameter("uploads") && hasAnyHeader(request, "x-amz-checksum-type");
                case PUT_CONDITION ->
                    request.method().equals("PUT")
                            && request.header("if-none-match").isPresent();
                case COMPLETE_CONDITION ->
                    request.method().equals("POST")
                            && request.header("if-none-match").isPresent();
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void uploadsWorkWithoutRefusedFeatures(RefusedPart refused) throws Exception {
        proxy.fail(refused::isIn, NOT_IMPLEMENTED);
        for (int size : new int[] {1000, 6 * MIB}) {
            byte[] bytes = Bytes.random(size, size);
            store.delete(List.of(key));
            write(bytes, WriteCondition.IF_ABSENT);
            assertStored(bytes);
            assertThatThrownBy(() -> write(bytes, WriteCondition.IF_ABSENT))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CONFLICT));
        }

        proxy.forgetRequests();
        for (int size : new int[] {1000, 6 * MIB}) {
            store.delete(List.of(key));
            write(Bytes.random(size, size), WriteCondition.IF_ABSENT);
        }
        assertThat(refusals(refused)).as("it is not asked again").isZero();
        assertThat(proxy.requests().stream()
                        .filter(request -> request.hasParameter("partNumber"))
                        .allMatch(request -> hasAnyHeader(request, "x-amz-checksum-crc32")))
                .as("parts have checksums unless it is these that are refused")
                .isEqualTo(refused != RefusedPart.CHECKSUM && refused != RefusedPart.UPLOAD_CHECKSUM);
    }

    @Test
    void damagedBytesAreNotSentAgainWithoutAChecksum() {
        proxy.fail(
                request -> hasAnyHeader(request, "x-amz-checksum-"),
                new RequestFault.Respond(400, "<Error><Code>BadDigest</Code><Message>changed</Message></Error>"));

        assertThatThrownBy(() -> write(new byte[] {1}, WriteCondition.ALWAYS))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INTEGRITY));
    }

    private List<ObjectKey> many() throws StoreException {
        List<ObjectKey> keys = IntStream.range(0, 5)
                .mapToObj(i -> new ObjectKey(key.bucket(), "many/" + i))
                .toList();
        for (ObjectKey each : keys) {
            store.putMarker(each);
        }
        return keys;
    }

    private void assertNoneIsLeft() throws StoreException {
        assertThat(store.list(key.bucket(), "many/", false, null, 10).objects()).isEmpty();
    }

    @Test
    void batchesAreDeletedWithContentMd5IfRequired() throws Exception {
        proxy.fail(
                request -> request.hasParameter("delete")
                        && request.header("content-md5").isEmpty(),
                new RequestFault.Respond(
                        400, "<Error><Code>InvalidRequest</Code><Message>Missing Content-MD5</Message></Error>"));
        store.delete(many());
        assertNoneIsLeft();

        List<ObjectKey> again = many();
        proxy.forgetRequests();
        store.delete(again);
        assertNoneIsLeft();
        assertThat(proxy.requests().stream().filter(request -> request.hasParameter("delete")))
                .hasSize(1);
    }

    @Test
    void objectsAreDeletedOneByOneIfBatchesAreRefused() throws Exception {
        proxy.fail(request -> request.hasParameter("delete"), NOT_IMPLEMENTED);
        store.delete(many());
        assertNoneIsLeft();

        List<ObjectKey> again = many();
        proxy.forgetRequests();
        store.delete(again);
        assertNoneIsLeft();
        assertThat(proxy.requests()).noneMatch(request -> request.hasParameter("delete"));
    }

    @Test
    void largeObjectsAreCopiedInOneCallIfPartCopiesAreRefused() throws Exception {
        byte[] bytes = Bytes.random(1, 7 * MIB);
        write(bytes, WriteCondition.ALWAYS);
        proxy.fail(request -> request.header("x-amz-copy-source-range").isPresent(), NOT_IMPLEMENTED);
        ObjectInfo from = store.head(key).orElseThrow();
        ObjectKey to = new ObjectKey(key.bucket(), "to");

        assertThat(store.copy(from, to, WriteCondition.ALWAYS).size()).isEqualTo(bytes.length);
        Patience.await(
                "the upload is aborted",
                () -> proxy.requests().stream()
                        .anyMatch(request -> request.method().equals("DELETE") && request.hasParameter("uploadId")));
        proxy.forgetRequests();
        assertThat(store.copy(from, to, WriteCondition.ALWAYS).size()).isEqualTo(bytes.length);
        assertThat(proxy.requests()).noneMatch(request -> request.hasParameter("uploads"));
        assertThat(store.pendingUploads(to)).isEmpty();
    }

    @Test
    void aStoreWithoutTagsCopiesWithoutThem() throws Exception {
        write(Bytes.random(1, 7 * MIB), WriteCondition.ALWAYS);
        proxy.fail(request -> request.hasParameter("tagging"), NOT_IMPLEMENTED);

        ObjectKey to = new ObjectKey(key.bucket(), "to");
        assertThat(store.copy(store.head(key).orElseThrow(), to, WriteCondition.ALWAYS)
                        .size())
                .isEqualTo(7 * MIB);
    }

    @Test
    void theGatewayChecksTheTargetOfACopyIfTheStoreDoesNot() throws Exception {
        write(new byte[] {1}, WriteCondition.ALWAYS);
        ObjectInfo from = store.head(key).orElseThrow();
        ObjectKey to = new ObjectKey(key.bucket(), "to");
        proxy.fail(
                request -> request.header("x-amz-copy-source").isPresent()
                        && request.header("if-none-match").isPresent(),
                NOT_IMPLEMENTED);

        store.copy(from, to, WriteCondition.IF_ABSENT);
        assertThatThrownBy(() -> store.copy(from, to, WriteCondition.IF_ABSENT))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CONFLICT));
    }
}

package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.objects.S3ObjectStore;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;

/** Versions and ranges of objects, read by the gateway or by somebody else. */
@S3Store
class ObjectSourcesTest {
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    private final S3AsyncClient client;
    private final TestStore fixture;
    private final S3ObjectStore store;
    private final ObjectKey key;
    private final HttpClient somebody = HttpClient.newHttpClient();

    ObjectSourcesTest(S3Bucket bucket, @TempDir Path folder) {
        client = bucket.endpoint().newClient();
        fixture = new TestStore(bucket.endpoint(), folder);
        store = fixture.store();
        key = new ObjectKey(bucket.name(), "folder/ä file +&'\"%41");
    }

    @AfterEach
    void close() {
        somebody.close();
        client.close();
        fixture.close();
    }

    private String put(String content) {
        return client.putObject(
                        request -> request.bucket(key.bucket()).key(key.key()), AsyncRequestBody.fromString(content))
                .join()
                .versionId();
    }

    private ObjectInfo head(String versionId) throws StoreException {
        return store.head(key, versionId).orElseThrow();
    }

    private HttpResponse<String> fetch(PresignedRequest request, String range)
            throws IOException, InterruptedException {
        HttpRequest.Builder get = HttpRequest.newBuilder(request.url()).header("Range", range);
        request.headers().forEach(get::header);
        return somebody.send(get.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    @Test
    void aPresignedRequestReadsARangeOfItsVersion() throws Exception {
        put("0123456789");
        PresignedRequest request = store.presign(store.head(key).orElseThrow(), LIFETIME, null);
        HttpResponse<String> piece = fetch(request, "bytes=3-5");
        assertThat(piece.statusCode()).isEqualTo(206);
        assertThat(piece.body()).isEqualTo("345");
        assertThat(request.toString()).doesNotContain("X-Amz");
        put("9876543210");
        assertThat(fetch(request, "bytes=3-5").statusCode()).isEqualTo(412);
    }

    @Test
    void anOlderVersionIsReadByItsId() throws Exception {
        client.putBucketVersioning(request -> request.bucket(key.bucket())
                        .versioningConfiguration(versioning -> versioning.status(BucketVersioningStatus.ENABLED)))
                .join();
        String first = put("the first");
        put("another one");
        ObjectInfo version = head(first);
        assertThat(version.size()).isEqualTo(9);
        assertThat(read(store.read(version, 4, 9))).isEqualTo("first");
        assertThat(fetch(store.presign(version, LIFETIME, null), "bytes=4-").body())
                .isEqualTo("first");
        assertThat(store.head(key, "01234567-89ab-cdef-0123-456789abcdef")).isEmpty();
    }

    @Test
    void writersTellTheVersionThatTheyWrote() throws Exception {
        client.putBucketVersioning(request -> request.bucket(key.bucket())
                        .versioningConfiguration(versioning -> versioning.status(BucketVersioningStatus.ENABLED)))
                .join();
        for (int size : new int[] {10, 11 << 20}) {
            StoredVersion written;
            try (ObjectWriter writer = store.write(key, ObjectAttributes.NONE, LIFETIME)) {
                writer.write(ByteBuffer.wrap(Bytes.random(1, size)));
                written = writer.complete(WriteCondition.ALWAYS);
            }
            put("a later version");
            assertThat(written.versionId()).isNotNull();
            assertThat(head(String.valueOf(written.versionId()))).satisfies(found -> {
                assertThat(found.size()).isEqualTo(size);
                assertThat(found.etag()).isEqualTo(written.etag());
            });
        }
    }

    @Test
    void aRangeEndsWhereRequested() throws Exception {
        byte[] content = Bytes.random(1, 3 << 20);
        client.putObject(request -> request.bucket(key.bucket()).key(key.key()), AsyncRequestBody.fromBytes(content))
                .join();
        ByteBuffer piece = ByteBuffer.allocate(3 << 20);
        try (ObjectReader reader = store.read(store.head(key).orElseThrow(), 1_000_000, 2_500_001)) {
            while (reader.read(piece) >= 0) {
                // Read to the end.
            }
        }
        assertThat(Arrays.copyOf(piece.array(), piece.position()))
                .isEqualTo(Arrays.copyOfRange(content, 1_000_000, 2_500_001));
    }

    private static String read(ObjectReader reader) throws StoreException {
        ByteBuffer content = ByteBuffer.allocate(1000);
        try (reader) {
            while (reader.read(content) >= 0) {
                // Read to the end.
            }
        }
        return new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
    }
}

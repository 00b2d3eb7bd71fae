package dev.slipway.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;

class S3StoreTest {

    @S3Store
    abstract static class Contract {
        @Test
        void storesAndReturnsAnObject(S3Bucket bucket) {
            try (S3AsyncClient client = bucket.endpoint().newClient()) {
                client.putObject(r -> r.bucket(bucket.name()).key("a/b"), AsyncRequestBody.fromString("hello"))
                        .join();
                assertThat(client.getObject(r -> r.bucket(bucket.name()).key("a/b"), AsyncResponseTransformer.toBytes())
                                .join()
                                .asUtf8String())
                        .isEqualTo("hello");
            }
        }

        @Test
        void givesEachParameterItsOwnEmptyBucket(S3Bucket first, S3Bucket second) {
            assertThat(first.name()).isNotEqualTo(second.name());
            try (S3AsyncClient client = first.endpoint().newClient()) {
                assertThat(client.listObjectsV2(r -> r.bucket(first.name()))
                                .join()
                                .contents())
                        .isEmpty();
            }
        }

        @Test
        void refusesOtherCredentials(S3Bucket bucket) {
            S3Endpoint store = bucket.endpoint();
            S3Endpoint stranger =
                    new S3Endpoint(store.product(), store.uri(), store.region(), store.accessKey(), "wrong-secret");
            try (S3AsyncClient client = stranger.newClient()) {
                assertThatThrownBy(() -> client.listObjectsV2(r -> r.bucket(bucket.name()))
                                .join())
                        .hasMessageContaining("signature");
            }
        }
    }

    @Nested
    @S3Store(S3Product.MINIO)
    class OnMinio extends Contract {}

    @Nested
    @S3Store(S3Product.VERSITYGW)
    class OnVersitygw extends Contract {}

    @Test
    void aKilledStoreRestartsWithItsData() throws Exception {
        try (S3Server server = S3Server.start(S3Product.MINIO);
                S3AsyncClient client = server.endpoint().newClient()) {
            S3Endpoint before = server.endpoint();
            client.createBucket(r -> r.bucket("kept")).join();
            server.kill();
            assertThatThrownBy(() -> client.listBuckets().join()).hasMessageContaining("Connect");
            server.restart();
            assertThat(server.endpoint()).isEqualTo(before);
            assertThat(client.listBuckets().join().buckets())
                    .anySatisfy(b -> assertThat(b.name()).isEqualTo("kept"));
        }
    }
}

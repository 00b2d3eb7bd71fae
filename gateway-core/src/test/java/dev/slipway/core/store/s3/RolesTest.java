package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.setting.SettingsBuilder;
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
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsAsyncClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/** Locations with roles, with credentials of MinIO's own token service. */
@S3Store
class RolesTest {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final String READER = "arn:aws:iam::1:role/reader";
    private static final String OWNER = "arn:aws:iam::1:role/owner";
    private static final String STRANGER = "arn:aws:iam::1:role/stranger";

    private final S3Bucket bucket;
    private final FaultProxy proxy;
    private final TokenService tokens;
    private final TestStore fixture;
    private final ObjectStore store;

    RolesTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        proxy = FaultProxy.http(bucket.endpoint().uri());
        tokens = new TokenService(bucket.endpoint());
        tokens.role(OWNER, bucket.name(), "owned/*", "read/*");
        tokens.role(READER, bucket.name(), "read/*");
        S3Endpoint endpoint = bucket.endpoint().at(proxy.uri());
        fixture = TestStore.with(
                new S3Access(
                        TestStore.settings(endpoint).build(),
                        List.of(
                                rule("minio/", "arn:minio:iam:::role/any", null),
                                rule("owned/", OWNER, tokens.uri()),
                                rule("read/", READER, tokens.uri()),
                                rule("denied/", READER, tokens.uri()),
                                rule("strange/", STRANGER, tokens.uri()))),
                folder);
        store = fixture.store();
    }

    private StorageRule rule(String prefix, String arn, @Nullable URI tokenService) {
        return new StorageRule(
                bucket.name(),
                prefix,
                StoragePolicy.NONE.withRole(
                        new AssumedRole(arn, "external", "slipway", Duration.ofHours(1), tokenService)));
    }

    @AfterEach
    void close() throws IOException {
        fixture.close();
        tokens.close();
        proxy.close();
    }

    private ObjectKey key(String key) {
        return new ObjectKey(bucket.name(), key);
    }

    private ObjectInfo write(String key, byte[] bytes) throws StoreException {
        try (ObjectWriter writer = store.write(key(key), ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes));
            var _ = writer.complete(WriteCondition.ALWAYS);
        }
        return store.head(key(key)).orElseThrow();
    }

    @Test
    void requestsUseTheRoleOfTheirLocation() throws StoreException {
        byte[] bytes = Bytes.random(1, 12 << 20);
        write("minio/file", bytes);
        write("file", bytes);

        try (ObjectReader reader = store.open(key("minio/file"), 0, "anna").orElseThrow()) {
            assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
        }
        assertThat(store.list(bucket.name(), "minio/", true, null, 10).objects())
                .hasSize(1);
        store.delete(List.of(key("minio/file"), key("file")));

        String path = "/" + bucket.name() + "/";
        assertThat(proxy.requests().stream()
                        .filter(request -> request.path().startsWith(path + "minio/")
                                || request.target().contains("prefix=minio")))
                .hasSizeGreaterThan(5)
                .allMatch(request -> request.header("x-amz-security-token").isPresent());
        assertThat(proxy.requests().stream().filter(request -> request.path().startsWith(path + "file")))
                .hasSizeGreaterThan(3)
                .noneMatch(request -> request.header("x-amz-security-token").isPresent());
        // The request to MinIO itself.
        assertThat(proxy.requests().stream().filter(request -> request.path().equals("/")))
                .hasSize(1);
        assertThat(store.head(key("minio/file"))).isEmpty();
        assertThat(store.head(key("file"))).isEmpty();
    }

    @Test
    void temporaryCredentialsNeedTheirSessionToken(@TempDir Path first, @TempDir Path second) throws IOException {
        Credentials temporary = temporaryCredentials();
        byte[] bytes = Bytes.random(2, 1000);
        SettingsBuilder<S3Settings> settings = TestStore.settings(bucket.endpoint())
                .set("accessKey", temporary.accessKeyId())
                .set("secretKey", temporary.secretAccessKey());
        S3Access withoutToken = S3Access.of(settings.build());
        S3Access withToken = S3Access.of(
                settings.set("sessionToken", temporary.sessionToken()).build());
        try (TestStore fixed = TestStore.with(withToken, first)) {
            ObjectWriter writer = fixed.store().write(key("file"), ObjectAttributes.NONE, WAIT);
            try (writer) {
                writer.write(ByteBuffer.wrap(bytes));
                var _ = writer.complete(WriteCondition.ALWAYS);
            }
        }
        assertThat(store.head(key("file"))).isPresent();
        try (TestStore fixed = TestStore.with(withoutToken, second)) {
            assertThatThrownBy(() -> fixed.store().head(key("file"))).isInstanceOf(StoreException.class);
        }
    }

    /** From MinIO's token service. */
    private Credentials temporaryCredentials() {
        S3Endpoint endpoint = bucket.endpoint();
        try (StsAsyncClient client = StsAsyncClient.builder()
                .endpointOverride(endpoint.uri())
                .region(Region.of(endpoint.region()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(endpoint.accessKey(), endpoint.secretKey())))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder())
                .build()) {
            return client.assumeRole(request ->
                            request.roleArn("arn:minio:iam:::role/any").roleSessionName("test"))
                    .join()
                    .credentials();
        }
    }

    @Test
    void aRoleIsAssumedOnceWithItsSettings() throws StoreException {
        write("owned/one", new byte[10]);
        write("owned/two", new byte[10]);

        assertThat(tokens.requests())
                .singleElement()
                .satisfies(form -> assertThat(form)
                        .containsEntry("RoleArn", OWNER)
                        .containsEntry("ExternalId", "external")
                        .containsEntry("RoleSessionName", "slipway")
                        .containsEntry("DurationSeconds", "3600"));
    }

    @Test
    void operationsThatARoleMayNotPerformAreDenied() {
        assertFails(Failure.PERMISSION_DENIED, () -> write("denied/file", new byte[10]));
    }

    @Test
    void aRoleThatCannotBeAssumedIsAnOutage() {
        assertFails(Failure.UNAVAILABLE, () -> store.head(key("strange/file")), STRANGER, "not for you");
        assertFails(Failure.UNAVAILABLE, () -> store.open(key("strange/file"), 0, "anna"), STRANGER);
        assertFails(Failure.UNAVAILABLE, () -> store.list(bucket.name(), "strange/", true, null, 10), STRANGER);
        assertFails(Failure.UNAVAILABLE, () -> write("strange/file", new byte[10]), STRANGER);
        assertFails(Failure.UNAVAILABLE, () -> store.delete(List.of(key("strange/file"))), STRANGER);
        // A refused request is not repeated at once.
        assertThat(tokens.requests()).hasSizeLessThan(4);
    }

    @Test
    void aCopyBetweenRolesIsMadeByTheStoreIfTheTargetRoleMayRead() throws StoreException {
        byte[] bytes = Bytes.random(2, 12 << 20);
        ObjectInfo source = write("read/file", bytes);

        var _ = store.copy(source, key("owned/file"), WriteCondition.ALWAYS);

        try (ObjectReader reader = store.open(key("owned/file"), 0, "anna").orElseThrow()) {
            assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
        }
    }

    @Test
    void aCopyIsRefusedIfTheTargetRoleMayNotRead() throws StoreException {
        for (int size : List.of(10, 12 << 20)) {
            ObjectInfo source = write("owned/file" + size, Bytes.random(3, size));
            ObjectKey target = key("read/file" + size);

            assertFails(Failure.UNSUPPORTED, () -> store.copy(source, target, WriteCondition.ALWAYS), "may not read");

            assertThat(store.head(source.key())).contains(source);
            assertThat(store.head(target)).isEmpty();
            assertThat(store.pendingUploads(target)).isEmpty();
        }
    }

    @Test
    void keysAreDeletedWithTheirOwnRoles() throws StoreException {
        List<ObjectKey> keys = List.of(key("owned/1"), key("owned/2"), key("read/1"), key("read/2"), key("1"));
        for (ObjectKey each : keys) {
            write(each.key(), new byte[1]);
        }

        store.delete(keys);

        for (ObjectKey each : keys) {
            assertThat(store.head(each)).isEmpty();
        }
    }

    private static void assertFails(Failure failure, ThrowingCallable call, String... said) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
        if (said.length > 0) {
            assertThatThrownBy(call).hasMessageContainingAll(said);
        }
    }
}

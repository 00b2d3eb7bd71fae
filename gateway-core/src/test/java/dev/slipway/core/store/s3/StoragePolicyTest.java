package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.StorageClass;

/** How objects are stored in locations with storage policies, as an encrypting MinIO shows them. */
@Tag("server")
class StoragePolicyTest {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final int MIB = 1 << 20;
    private static final int PART = (int) TestStore.PART_BYTES;
    private static final UploadOwner ANNA = new UploadOwner("anna", true, false);
    private static final String BUCKET = "policies";

    private static S3Server server;

    @TempDir
    private Path folder;

    private TestStore fixture;
    private S3AsyncClient plain;

    /** The locations of the bucket, each with its own policy. */
    enum Place {
        /** No policy. */
        PLAIN,
        S3,
        KMS,
        CUSTOMER,
        OTHER_CUSTOMER,
        REDUCED;

        private StoragePolicy policy() {
            return switch (this) {
                case PLAIN -> StoragePolicy.NONE;
                case S3 -> StoragePolicy.NONE.withEncryption(new Encryption.StoreKeys());
                case KMS -> StoragePolicy.NONE.withEncryption(new Encryption.Kms(S3Server.KMS_KEY, true));
                case CUSTOMER -> StoragePolicy.NONE.withEncryption(new Encryption.Customer(key(1)));
                case OTHER_CUSTOMER -> StoragePolicy.NONE.withEncryption(new Encryption.Customer(key(2)));
                case REDUCED -> StoragePolicy.NONE.withStorageClass("REDUCED_REDUNDANCY");
            };
        }

        ObjectKey key(String name) {
            return new ObjectKey(BUCKET, name() + "/" + name);
        }

        StorageRule rule() {
            return new StorageRule(BUCKET, name() + "/", policy());
        }

        private static CustomerKey key(int seed) {
            return CustomerKey.parse(Base64.getEncoder().encodeToString(Bytes.random(seed, 32)));
        }
    }

    @BeforeAll
    static void startServer() throws IOException {
        server = S3Server.startEncrypting();
        try (S3AsyncClient client = server.endpoint().newClient()) {
            client.createBucket(request -> request.bucket(BUCKET)).join();
        }
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void open() {
        S3Endpoint endpoint = server.endpoint();
        fixture = TestStore.with(
                new S3Access(
                        TestStore.settings(endpoint)
                                .set("caFile", server.certificate())
                                .build(),
                        Arrays.stream(Place.values())
                                .filter(place -> place != Place.PLAIN)
                                .map(Place::rule)
                                .toList()),
                folder);
        plain = endpoint.newClient();
    }

    @AfterEach
    void close() {
        plain.close();
        fixture.close();
    }

    @ParameterizedTest
    @EnumSource
    void objectsOfOnePutFollowThePolicy(Place place) throws StoreException {
        ObjectKey key = place.key("small");
        byte[] bytes = Bytes.random(3, 1000);

        write(key, bytes);

        assertIsStoredAs(place, key);
        assertThat(read(key, 0)).isEqualTo(bytes);
        assertThat(read(key, 900)).isEqualTo(Arrays.copyOfRange(bytes, 900, 1000));
    }

    @ParameterizedTest
    @EnumSource
    void multipartObjectsFollowThePolicy(Place place) throws StoreException {
        ObjectKey key = place.key("large");
        byte[] bytes = Bytes.random(4, 12 * MIB);

        write(key, bytes);

        assertIsStoredAs(place, key);
        assertThat(read(key, 0)).isEqualTo(bytes);
        assertThat(read(key, 11 * MIB)).isEqualTo(Arrays.copyOfRange(bytes, 11 * MIB, 12 * MIB));
        assertThat(fixture.store().crc32(info(key))).isEqualTo(OptionalInt.of(crc(bytes)));
    }

    /** Different ETags would make one version look like two. */
    @ParameterizedTest
    @EnumSource
    void aListingAndAHeadReturnTheSameVersion(Place place) throws StoreException {
        ObjectKey key = place.key("listed/file");
        write(key, Bytes.random(5, 6 * MIB));

        assertThat(fixture.store()
                        .list(BUCKET, place.name() + "/listed/", true, null, 10)
                        .objects())
                .containsExactly(info(key));
        try (ObjectReader reader = fixture.store().read(info(key), 0)) {
            assertThat(Bytes.readAll(reader)).hasSize(6 * MIB);
        }
    }

    @ParameterizedTest
    @EnumSource
    void interruptedUploadsResume(Place place) throws StoreException {
        ObjectKey key = place.key("resumed");
        byte[] bytes = Bytes.random(6, 17 * MIB);
        try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, ANNA, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes, 0, 11 * MIB));
            writer.suspend(null);
        }
        InterruptedUpload kept = fixture.store().interrupted(key, "anna").orElseThrow();
        assertThat(kept.bytes()).isEqualTo(2L * PART);

        try (ObjectWriter writer = fixture.store().resume(kept, kept.bytes(), WAIT)) {
            writer.write(ByteBuffer.wrap(bytes, 2 * PART, bytes.length - 2 * PART));
            writer.complete(WriteCondition.ALWAYS);
        }

        assertIsStoredAs(place, key);
        assertThat(read(key, 0)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "PLAIN, S3",
        "PLAIN, CUSTOMER",
        "S3, S3",
        "S3, KMS",
        "KMS, KMS",
        "KMS, CUSTOMER",
        "CUSTOMER, CUSTOMER",
        "CUSTOMER, OTHER_CUSTOMER",
        "CUSTOMER, PLAIN",
        "REDUCED, REDUCED",
        "PLAIN, REDUCED"
    })
    void copiesFollowThePolicyOfTheTarget(Place from, Place to) throws StoreException {
        for (int size : List.of(1000, 12 * MIB)) {
            byte[] bytes = Bytes.random(size, size);
            ObjectKey source = from.key("source-" + to + size);
            ObjectKey target = to.key("target-" + from + size);
            write(source, bytes);

            ObjectInfo copy = fixture.store().copy(info(source), target, WriteCondition.ALWAYS);

            assertThat(copy).isEqualTo(info(target));
            assertIsStoredAs(to, target);
            assertThat(read(target, 0)).isEqualTo(bytes);
        }
    }

    @Test
    void aCopyWithinALocationKeepsItsStorageClass() throws StoreException {
        ObjectKey source = Place.REDUCED.key("standard");
        plain.putObject(
                        request -> request.bucket(BUCKET).key(source.key()),
                        AsyncRequestBody.fromString("older than the rule"))
                .join();
        ObjectKey target = Place.REDUCED.key("standard-copy");

        var _ = fixture.store().copy(info(source), target, WriteCondition.ALWAYS);

        assertThat(head(target).storageClassAsString()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 12 * MIB})
    void aChangedObjectKeepsItsStorageClass(int size) throws StoreException {
        ObjectKey usual = Place.REDUCED.key("usual-" + size);
        ObjectKey reduced = Place.PLAIN.key("reduced-" + size);
        plain.putObject(request -> request.bucket(BUCKET).key(usual.key()), AsyncRequestBody.fromBytes(new byte[size]))
                .join();
        plain.putObject(
                        request ->
                                request.bucket(BUCKET).key(reduced.key()).storageClass(StorageClass.REDUCED_REDUNDANCY),
                        AsyncRequestBody.fromBytes(new byte[size]))
                .join();

        append(usual);
        append(reduced);

        assertThat(head(usual).storageClassAsString()).isNull();
        assertThat(head(reduced).storageClassAsString()).isEqualTo("REDUCED_REDUNDANCY");
    }

    /** The existing object may be older than the policy. */
    @ParameterizedTest
    @ValueSource(ints = {1000, 12 * MIB})
    void aChangedObjectIsEncryptedByThePolicy(int size) throws StoreException {
        ObjectKey key = Place.S3.key("kms-" + size);
        plain.putObject(
                        request -> request.bucket(BUCKET)
                                .key(key.key())
                                .serverSideEncryption(ServerSideEncryption.AWS_KMS)
                                .ssekmsKeyId(S3Server.KMS_KEY),
                        AsyncRequestBody.fromBytes(new byte[size]))
                .join();

        append(key);

        assertIsStoredAs(Place.S3, key);
        assertThat(read(key, 0)).hasSize(size + 1);
    }

    @Test
    void anObjectCannotBeReadWithoutItsKey() throws StoreException {
        ObjectKey key = Place.CUSTOMER.key("secret");
        write(key, Bytes.random(7, 100));

        assertThatThrownBy(() -> plain.getObject(
                                request -> request.bucket(BUCKET).key(key.key()), AsyncResponseTransformer.toBytes())
                        .join())
                .cause()
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(400));
    }

    @Test
    void anObjectWithAnotherKeyIsNotMissing() {
        ObjectKey key = Place.CUSTOMER.key("older");
        plain.putObject(
                        request -> request.bucket(BUCKET).key(key.key()),
                        AsyncRequestBody.fromString("older than the rule"))
                .join();

        assertFails(Failure.UNAVAILABLE, () -> fixture.store().head(key));
        assertFails(Failure.UNAVAILABLE, () -> fixture.store().open(key, 0, "anna"));
    }

    @Test
    void markersAndDeletionsWorkInAllLocations() throws StoreException {
        List<ObjectKey> markers =
                Arrays.stream(Place.values()).map(place -> place.key("dir/")).toList();
        for (ObjectKey marker : markers) {
            fixture.store().putMarker(marker);
        }

        fixture.store().delete(markers);

        for (ObjectKey marker : markers) {
            assertThat(fixture.store().head(marker)).isEmpty();
        }
    }

    private void assertIsStoredAs(Place place, ObjectKey key) {
        HeadObjectResponse head = head(key);
        Map<String, Optional<String>> found = Map.of(
                "encryption", Optional.ofNullable(head.serverSideEncryptionAsString()),
                "customer", Optional.ofNullable(head.sseCustomerKeyMD5()),
                "class", Optional.ofNullable(head.storageClassAsString()));
        assertThat(found)
                .isEqualTo(Map.of(
                        "encryption",
                        switch (place) {
                            case S3 -> Optional.of("AES256");
                            case KMS -> Optional.of("aws:kms");
                            case PLAIN, CUSTOMER, OTHER_CUSTOMER, REDUCED -> Optional.empty();
                        },
                        "customer",
                        Optional.ofNullable(customerKey(key)).map(CustomerKey::md5),
                        "class",
                        place == Place.REDUCED ? Optional.of("REDUCED_REDUNDANCY") : Optional.empty()));
        if (place == Place.KMS) {
            assertThat(head.ssekmsKeyId()).endsWith(S3Server.KMS_KEY);
        }
    }

    /** What another client sees, which knows no policies. */
    private HeadObjectResponse head(ObjectKey key) {
        HeadObjectRequest.Builder request =
                HeadObjectRequest.builder().bucket(key.bucket()).key(key.key());
        CustomerKey customer = customerKey(key);
        if (customer != null) {
            request.sseCustomerAlgorithm("AES256")
                    .sseCustomerKey(customer.base64())
                    .sseCustomerKeyMD5(customer.md5());
        }
        return plain.headObject(request.build()).join();
    }

    private static @Nullable CustomerKey customerKey(ObjectKey key) {
        Place place = Place.valueOf(key.key().substring(0, key.key().indexOf('/')));
        return place.policy().encryption() instanceof Encryption.Customer customer ? customer.key() : null;
    }

    private void write(ObjectKey key, byte[] bytes) throws StoreException {
        try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes));
            String etag = writer.complete(WriteCondition.ALWAYS).etag();
            assertThat(info(key).etag()).isEqualTo(etag);
        }
    }

    private void append(ObjectKey key) throws StoreException {
        ObjectInfo base = info(key);
        UploadOwner owner = new UploadOwner("anna", true, false, new BaseVersion(base.etag(), base.size()));
        try (ObjectWriter writer = fixture.store().change(base, owner, WAIT)) {
            writer.retain(base.size());
            writer.write(ByteBuffer.wrap(new byte[] {1}));
            writer.complete(WriteCondition.ALWAYS);
        }
    }

    private ObjectInfo info(ObjectKey key) throws StoreException {
        return fixture.store().head(key).orElseThrow();
    }

    private byte[] read(ObjectKey key, long offset) throws StoreException {
        try (ObjectReader reader = fixture.store().open(key, offset, "anna").orElseThrow()) {
            return Bytes.readAll(reader);
        }
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }
}

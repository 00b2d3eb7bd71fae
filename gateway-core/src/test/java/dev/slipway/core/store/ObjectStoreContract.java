package dev.slipway.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.GetRequest;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectDescription.ServerSideEncryption;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.ReceivedBytes;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link ObjectStore}, run against every S3 server that Slipway is tested with. */
public abstract class ObjectStoreContract {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final int MIB = 1 << 20;

    private final TestBucket bucket;
    private TestStore fixture;
    private ObjectStore store;

    protected ObjectStoreContract(S3Bucket bucket, @TempDir Path folder) {
        this(TestBucket.of(bucket), folder);
    }

    protected ObjectStoreContract(TestBucket bucket, @TempDir Path folder) {
        this.bucket = bucket;
        this.fixture = new TestStore(bucket, folder, 64L << 20, 12L * MIB, 5L * MIB);
        this.store = fixture.store();
    }

    /** Whether the server keeps {@code a} and {@code a/b} apart. */
    protected boolean keepsFileBesideDirectory() {
        return true;
    }

    @BeforeEach
    void bucketIsThere() throws StoreException {
        store.check(bucket.name());
    }

    @AfterEach
    void memoryComesBack() throws InterruptedException {
        Patience.await("all part memory is returned", () -> fixture.parts().reservedBytes() == 0);
        Patience.await(
                "all read-ahead memory is returned", () -> fixture.readAhead().reservedBytes() == 0);
        assertThat(fixture.parts().usedBytes()).isZero();
        assertThat(fixture.readAhead().usedBytes()).isZero();
        fixture.close();
    }

    private ObjectKey key(String key) {
        return new ObjectKey(bucket.name(), key);
    }

    private void put(String key, byte[] bytes) throws StoreException {
        put(key, bytes, ObjectAttributes.NONE, WriteCondition.ALWAYS);
    }

    private void put(String key, byte[] bytes, ObjectAttributes attributes, WriteCondition condition)
            throws StoreException {
        try (ObjectWriter writer = store.write(key(key), attributes, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes));
            writer.complete(condition);
        }
    }

    private byte[] get(String key, long offset) throws StoreException {
        try (ObjectReader reader = store.read(store.head(key(key)).orElseThrow(), offset)) {
            return Bytes.readAll(reader);
        }
    }

    private static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 17 * MIB + 3})
    void whatIsWrittenIsRead(int size) throws StoreException {
        byte[] bytes = Bytes.random(size, size);
        put("some/file", bytes);

        assertThat(store.head(key("some/file")).orElseThrow().size()).isEqualTo(size);
        assertThat(get("some/file", 0)).isEqualTo(bytes);
    }

    @Test
    void bytesAreTheSameForAnyOtherClient() {
        byte[] bytes = Bytes.random(7, 11 * MIB);
        try (S3Operations client = bucket.connect()) {
            assertThatNoException(() -> put("seen", bytes));
            ReceivedBytes seen = new ReceivedBytes();
            client.get(GetRequest.of(key("seen")), seen).join();
            assertThat(seen.bytes()).isEqualTo(bytes);
        }
    }

    private static void assertThatNoException(ThrowingCallable call) {
        org.assertj.core.api.Assertions.assertThatCode(call).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, MIB, 6 * MIB + 5, 17 * MIB})
    void readsStartAtAnyOffset(int offset) throws StoreException {
        byte[] bytes = Bytes.random(3, 17 * MIB);
        put("file", bytes);

        assertThat(get("file", offset)).isEqualTo(java.util.Arrays.copyOfRange(bytes, offset, bytes.length));
    }

    @Test
    void closingWithoutCompletingLeavesNothing() throws Exception {
        for (int size : new int[] {0, 10, 12 * MIB}) {
            try (ObjectWriter writer = store.write(key("cut"), ObjectAttributes.NONE, WAIT)) {
                writer.write(ByteBuffer.wrap(Bytes.random(size, size)));
            }
        }

        assertThat(store.head(key("cut"))).isEmpty();
        Patience.await("the multipart upload is aborted", () -> {
            try {
                return store.pendingUploads(key("cut")).isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void closingAnOverwriteKeepsTheOldObject() throws StoreException {
        put("file", new byte[] {1, 2, 3});
        try (ObjectWriter writer = store.write(key("file"), ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(Bytes.random(1, 12 * MIB)));
        }

        assertThat(get("file", 0)).containsExactly(1, 2, 3);
    }

    @Test
    void nothingIsVisibleBeforeCompletion() throws StoreException {
        try (ObjectWriter writer = store.write(key("growing"), ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(Bytes.random(1, 12 * MIB)));
            writer.awaitParts();
            assertThat(store.head(key("growing"))).isEmpty();
            writer.complete(WriteCondition.ALWAYS);
        }
        assertThat(store.head(key("growing"))).isPresent();
    }

    @Test
    void aWriterThatHasEndedTakesNothing() throws StoreException {
        ObjectWriter writer = store.write(key("file"), ObjectAttributes.NONE, WAIT);
        writer.close();

        assertFails(Failure.ABORTED, () -> writer.write(ByteBuffer.allocate(1)));
        assertFails(Failure.ABORTED, () -> writer.complete(WriteCondition.ALWAYS));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 6 * MIB})
    void ifAbsentDoesNotReplace(int size) throws StoreException {
        put("file", new byte[] {1});

        assertFails(
                Failure.CONFLICT,
                () -> put("file", Bytes.random(1, size), ObjectAttributes.NONE, WriteCondition.IF_ABSENT));
        assertThat(get("file", 0)).containsExactly(1);
    }

    @Test
    void ifMatchReplacesOnlyThatVersion() throws StoreException {
        put("file", new byte[] {1});
        String first = store.head(key("file")).orElseThrow().etag();
        put("file", new byte[] {2}, ObjectAttributes.NONE, new WriteCondition.IfMatch(first));

        assertFails(
                Failure.CONFLICT,
                () -> put("file", new byte[] {3}, ObjectAttributes.NONE, new WriteCondition.IfMatch(first)));
        assertThat(get("file", 0)).containsExactly(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1 << 20, (1 << 20) + 1, 9 * MIB})
    void openingFindsTheNewestVersionAndItsBytes(int size) throws StoreException {
        byte[] bytes = Bytes.random(1, size);
        put("file", bytes);
        for (int offset : new int[] {0, size / 2, size, size + 1}) {
            try (ObjectReader reader = store.open(key("file"), offset, "anna").orElseThrow()) {
                assertThat(reader.info()).isEqualTo(store.head(key("file")).orElseThrow());
                assertThat(reader.position()).isEqualTo(Math.min(offset, size));
                assertThat(Bytes.readAll(reader)).isEqualTo(Arrays.copyOfRange(bytes, Math.min(offset, size), size));
            }
        }
        assertThat(store.open(key("nothing"), 0, "anna")).isEmpty();
    }

    @Test
    void anOpenReaderReadsOneVersion() throws StoreException {
        put("file", Bytes.random(1, 9 * MIB));
        try (ObjectReader reader = store.open(key("file"), 0, "anna").orElseThrow()) {
            put("file", Bytes.random(2, 9 * MIB));
            assertFails(Failure.CONFLICT, () -> Bytes.readAll(reader));
        }
    }

    @Test
    void aReaderReadsOneVersionOrFails() throws StoreException {
        put("file", Bytes.random(1, 9 * MIB));
        try (ObjectReader reader = store.read(store.head(key("file")).orElseThrow(), 0)) {
            ByteBuffer first = ByteBuffer.allocate(1000);
            reader.read(first);
            put("file", Bytes.random(2, 9 * MIB));
            assertFails(Failure.CONFLICT, () -> Bytes.readAll(reader));
        }
    }

    @Test
    void aReaderOfADeletedObjectFails() throws StoreException {
        put("file", Bytes.random(1, 9 * MIB));
        ObjectInfo version = store.head(key("file")).orElseThrow();
        store.delete(List.of(key("file")));

        try (ObjectReader reader = store.read(version, 0)) {
            assertFails(Failure.CONFLICT, () -> Bytes.readAll(reader));
        }
    }

    @Test
    void listingFoldsAtTheDelimiterAndPages() throws StoreException {
        for (String name : List.of("d/a", "d/b/1", "d/b/2", "d/c", "dd/x")) {
            put(name, new byte[] {1});
        }

        List<String> objects = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        String cursor = null;
        do {
            ObjectPage page = store.list(bucket.name(), "d/", true, cursor, 1);
            page.objects().forEach(object -> objects.add(object.key().key()));
            prefixes.addAll(page.prefixes());
            cursor = page.next();
        } while (cursor != null);
        assertThat(objects).containsExactlyInAnyOrder("d/a", "d/c");
        assertThat(prefixes).containsExactly("d/b/");

        ObjectPage flat = store.list(bucket.name(), "d/", false, null, 1000);
        assertThat(flat.objects())
                .extracting(object -> object.key().key())
                .containsExactlyInAnyOrder("d/a", "d/b/1", "d/b/2", "d/c");
        assertThat(store.list(bucket.name(), "nothing/", true, null, 10).objects())
                .isEmpty();
    }

    @Test
    void listingAfterAKeyReturnsAllThatFollow() throws StoreException {
        for (String name : List.of("d/a/1", "d/b-c/1", "d/b.x", "d/b/1", "d/b/2", "d/c", "d/e/1", "dd/x")) {
            put(name, new byte[] {1});
        }

        ObjectPage page = store.listAfter(key("d/b"), "d/", 100);
        assertThat(page.objects()).extracting(object -> object.key().key()).containsExactlyInAnyOrder("d/b.x", "d/c");
        assertThat(page.prefixes()).containsExactlyInAnyOrder("d/b-c/", "d/b/", "d/e/");
        assertThat(page.next()).isNull();
        assertThat(store.listAfter(key("d/x"), "d/", 100)).isEqualTo(new ObjectPage(List.of(), List.of(), null));
        assertThat(store.listAfter(key("d/b"), "d/", 2).next()).isNotNull();
    }

    @Test
    void listingAndHeadReturnTheSameVersion() throws StoreException {
        put("file", new byte[] {1});

        assertThat(store.list(bucket.name(), "file", true, null, 10).objects())
                .containsExactly(store.head(key("file")).orElseThrow());
    }

    @Test
    void keysKeepTheirCharacters() throws StoreException {
        List<String> names = List.of(
                "a b",
                "a+b",
                "a%20b",
                "a&b=c?d#e",
                "ü\u0308ñ 漢字 😀",
                "quote\"'`$(x);|<>\\",
                "tab\tin",
                "...",
                "-rf",
                "a~!@^*()[]{},");
        for (String name : names) {
            put("n/" + name, name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        assertThat(store.list(bucket.name(), "n/", true, null, 1000).objects())
                .extracting(object -> object.key().key().substring(2))
                .containsExactlyInAnyOrderElementsOf(names);
        for (String name : names) {
            ObjectInfo copy =
                    store.copy(store.head(key("n/" + name)).orElseThrow(), key("m/" + name), WriteCondition.ALWAYS);
            assertThat(copy.size()).isPositive();
            assertThat(get("m/" + name, 0))
                    .asString(java.nio.charset.StandardCharsets.UTF_8)
                    .isEqualTo(name);
        }
        store.delete(names.stream().map(name -> key("n/" + name)).toList());
        assertThat(store.list(bucket.name(), "n/", true, null, 10).objects()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 13 * MIB})
    void copiesKeepBytesAndMetadata(int size) throws StoreException {
        byte[] bytes = Bytes.random(9, size);
        put("from", bytes, new ObjectAttributes(Map.of("mtime", "1700000000")), WriteCondition.ALWAYS);

        ObjectInfo copy = store.copy(store.head(key("from")).orElseThrow(), key("to/there"), WriteCondition.ALWAYS);

        assertThat(copy).isEqualTo(store.head(key("to/there")).orElseThrow());
        assertThat(get("to/there", 0)).isEqualTo(bytes);
        try (S3Operations client = bucket.connect()) {
            assertThat(client.head(HeadRequest.of(key("to/there")))
                            .join()
                            .description()
                            .metadata())
                    .containsEntry("mtime", "1700000000");
        }
    }

    /** Whether the server supports object tags. */
    protected boolean keepsTags() {
        return true;
    }

    /** Whether the server has a second storage class. */
    protected boolean hasStorageClasses() {
        return true;
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 13 * MIB})
    void copiesKeepDescriptions(int size) throws StoreException {
        ObjectDescription description = new ObjectDescription(
                Map.of("owner", "anna"),
                "text/x-test",
                null,
                "attachment",
                "de",
                "no-cache",
                hasStorageClasses() ? "REDUCED_REDUNDANCY" : null,
                ServerSideEncryption.UNSPECIFIED,
                keepsTags() ? Map.of("a", "b", "c d", "e+f") : Map.of());
        try (S3Operations client = bucket.connect()) {
            client.put(PutRequest.of(key("from")).withDescription(description), RequestBody.of(Bytes.random(1, size)))
                    .join();

            store.copy(store.head(key("from")).orElseThrow(), key("to"), WriteCondition.ALWAYS);

            ObjectDescription copy =
                    client.head(HeadRequest.of(key("to"))).join().description();
            assertThat(copy.contentType()).isEqualTo("text/x-test");
            assertThat(copy.contentLanguage()).isEqualTo("de");
            assertThat(copy.cacheControl()).isEqualTo("no-cache");
            assertThat(copy.contentDisposition()).isEqualTo("attachment");
            assertThat(copy.metadata()).containsEntry("owner", "anna");
            if (hasStorageClasses()) {
                assertThat(copy.storageClass()).isEqualTo("REDUCED_REDUNDANCY");
            }
            if (keepsTags()) {
                assertThat(client.tags(key("to")).join()).isEqualTo(description.tags());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 13 * MIB})
    void conditionsOnCopiesAreChecked(int size) throws StoreException {
        put("from", Bytes.random(9, size));
        put("to", new byte[] {1});

        ObjectInfo from = store.head(key("from")).orElseThrow();
        assertFails(Failure.CONFLICT, () -> store.copy(from, key("to"), WriteCondition.IF_ABSENT));
        assertThat(get("to", 0)).containsExactly(1);
    }

    @Test
    void aChangedSourceIsNotCopied() throws StoreException {
        put("from", new byte[] {1});
        ObjectInfo old = store.head(key("from")).orElseThrow();
        put("from", new byte[] {2});

        assertFails(Failure.CONFLICT, () -> store.copy(old, key("to"), WriteCondition.ALWAYS));
        assertThat(store.head(key("to"))).isEmpty();
    }

    @Test
    void manyObjectsAreDeletedAtOnce() throws StoreException {
        List<ObjectKey> keys = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            keys.add(key("many/" + i));
            put("many/" + i, new byte[0]);
        }
        keys.add(key("many/never-there"));

        store.delete(keys);

        assertThat(store.list(bucket.name(), "many/", false, null, 10).objects())
                .isEmpty();
        store.delete(List.of(key("many/never-there")));
    }

    @Test
    void aMarkerIsAnEmptyObject() throws StoreException {
        store.putMarker(key("dir/"));

        assertThat(store.list(bucket.name(), "", true, null, 10).prefixes()).containsExactly("dir/");
        assertThat(store.head(key("dir"))).isEmpty();
        store.delete(List.of(key("dir/")));
        assertThat(store.list(bucket.name(), "", true, null, 10).prefixes()).isEmpty();
    }

    @Test
    void aFileAndADirectoryMayHaveTheSameName() throws StoreException {
        org.junit.jupiter.api.Assumptions.assumeTrue(keepsFileBesideDirectory());
        put("a", new byte[] {1});
        put("a/b", new byte[] {2});

        assertThat(get("a", 0)).containsExactly(1);
        assertThat(get("a/b", 0)).containsExactly(2);
    }

    @Test
    void aMissingBucketIsNotAnEmptyListing() {
        assertFails(Failure.UNAVAILABLE, () -> store.check("no-such-bucket-here"));
        assertFails(Failure.UNAVAILABLE, () -> store.list("no-such-bucket-here", "", true, null, 10));
    }

    @Test
    void manyPartsNeedLittleMemory(@TempDir Path folder) throws Exception {
        byte[] bytes = Bytes.random(4, 40 * MIB);
        try (TestStore small = new TestStore(bucket, folder, 4 * TestStore.PART_BYTES)) {
            try (ObjectWriter writer = small.store().write(key("large"), ObjectAttributes.NONE, WAIT)) {
                writer.write(ByteBuffer.wrap(bytes));
                assertThat(small.parts().reservedBytes()).isLessThanOrEqualTo(4 * TestStore.PART_BYTES);
                writer.complete(WriteCondition.ALWAYS);
            }
            Patience.await("memory is returned", () -> small.parts().reservedBytes() == 0);
        }
        assertThat(get("large", 0)).isEqualTo(bytes);
    }

    @Test
    void endedUploadsAreRemovedFromTheJournal() throws Exception {
        put("done", Bytes.random(1, 6 * MIB));
        try (ObjectWriter writer = store.write(key("cut"), ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(Bytes.random(1, 6 * MIB)));
        }

        var afterRestart = new dev.slipway.core.state.UploadTable(fixture.database(), java.time.Clock.systemUTC());
        Patience.await(
                "both uploads are forgotten", () -> afterRestart.leftBehind().isEmpty());
    }

    /** Whether a delete of one object checks its condition; many servers silently ignore it. */
    protected boolean comparesBeforeDeleting() {
        return false;
    }

    @Test
    void unchangedVersionsAreDeleted() throws StoreException {
        put("one", new byte[] {1});
        ObjectInfo one = store.head(key("one")).orElseThrow();
        assertThat(store.deleteUnchanged(List.of(one))).isEmpty();
        assertThat(store.deleteUnchanged(List.of(one))).isEmpty();

        for (int i = 0; i < 5; i++) {
            put("many/" + i, new byte[] {1});
        }
        List<ObjectInfo> many =
                store.list(bucket.name(), "many/", false, null, 10).objects();
        assertThat(store.deleteUnchanged(many)).isEmpty();
        assertThat(store.deleteUnchanged(many)).isEmpty();
        assertThat(store.list(bucket.name(), "", false, null, 10).objects()).isEmpty();
        assertThat(store.deleteUnchanged(List.of())).isEmpty();
    }

    @Test
    void replacedVersionsStayIfTheServerCompares() throws StoreException {
        put("file", new byte[] {1});
        ObjectInfo old = store.head(key("file")).orElseThrow();
        put("file", new byte[] {2});

        List<ObjectKey> left = store.deleteUnchanged(List.of(old));

        assertThat(left).isEqualTo(comparesBeforeDeleting() ? List.of(key("file")) : List.of());
        assertThat(store.head(key("file")).isPresent()).isEqualTo(comparesBeforeDeleting());
    }
}

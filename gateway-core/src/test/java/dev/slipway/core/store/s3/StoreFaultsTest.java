package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.StorageClass;

/** How the gateway handles a failing store. */
@S3Store
class StoreFaultsTest {
    private static final int MIB = 1 << 20;
    private static final Duration WAIT = Duration.ofSeconds(10);
    private final FaultProxy proxy;
    private final TestStore fixture;
    private final ObjectStore store;
    private final TestStore direct;
    private final ObjectKey key;
    private final VirtualFileSystem files;
    private final S3Endpoint endpoint;
    private final Path folder;

    StoreFaultsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.folder = folder;
        proxy = FaultProxy.http(bucket.endpoint().uri());
        endpoint = bucket.endpoint().at(proxy.uri());
        fixture = TestStore.impatient(endpoint, folder.resolve("gateway"));
        direct = new TestStore(bucket.endpoint(), folder.resolve("direct"));
        store = fixture.store();
        key = new ObjectKey(bucket.name(), "file");
        Account account = new Account(
                "somebody",
                List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                EnumSet.allOf(Permission.class));
        files = ObjectFileSystems.builder(store, fixture.attributes())
                .admissionWait(WAIT)
                .build()
                .open(account);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        proxy.pass();
        Patience.await("all part memory is returned", () -> fixture.parts().reservedBytes() == 0);
        Patience.await(
                "all read-ahead memory is returned", () -> fixture.readAhead().reservedBytes() == 0);
        assertThat(fixture.parts().usedBytes()).isZero();
        UploadSweeper sweeper = new UploadSweeper(store, fixture.journal(), Clock.systemUTC());
        Patience.await("nothing is left in the store", () -> {
            sweeper.sweep();
            try {
                return direct.store().pendingUploads(key).isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
        fixture.close();
        direct.close();
        proxy.close();
    }

    private void write(byte[] bytes, WriteCondition condition) throws StoreException {
        try (ObjectWriter writer = store.write(key, ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes));
            writer.complete(condition);
        }
    }

    private byte[] stored() throws StoreException {
        try (ObjectReader reader = direct.store().read(direct.store().head(key).orElseThrow(), 0)) {
            return Bytes.readAll(reader);
        }
    }

    private static boolean isPart(HttpRequest request) {
        return request.method().equals("PUT") && request.hasParameter("partNumber");
    }

    private static boolean isCreate(HttpRequest request) {
        return request.method().equals("POST") && request.hasParameter("uploads");
    }

    private static boolean isComplete(HttpRequest request) {
        return request.method().equals("POST") && request.hasParameter("uploadId");
    }

    private static boolean isPut(HttpRequest request) {
        return request.method().equals("PUT") && !request.hasParameter("partNumber");
    }

    private static boolean isGet(HttpRequest request) {
        return request.method().equals("GET");
    }

    private static void assertUnavailable(ThrowingCallable call) {
        assertThatThrownBy(call).satisfies(thrown -> {
            Failure failure = thrown instanceof VfsException vfs ? vfs.failure() : ((StoreException) thrown).failure();
            assertThat(failure).as(String.valueOf(thrown)).isEqualTo(Failure.UNAVAILABLE);
        });
    }

    private void assertOutageIsReportedAsUnavailable() throws VfsException {
        VirtualPath file = VirtualPath.parse("/file");
        VirtualPath other = VirtualPath.parse("/other");
        assertUnavailable(() -> files.stat(file));
        assertUnavailable(() -> files.list(VirtualPath.ROOT));
        assertUnavailable(() -> files.open(file));
        assertUnavailable(() -> files.create(other, CreateMode.REPLACE));
        assertUnavailable(() -> files.delete(file));
        assertUnavailable(() -> files.mkdir(other));
        assertUnavailable(() -> files.rmdir(other));
        assertUnavailable(() -> files.rename(file, other, RenameMode.REPLACE_TARGET));
        assertUnavailable(() -> files.setModified(file, Instant.EPOCH));
        assertUnavailable(() -> store.check(key.bucket()));
    }

    @Test
    void aStoreThatRefusesConnectionsIsUnavailable() throws Exception {
        write(new byte[] {1}, WriteCondition.ALWAYS);
        proxy.refuse();
        assertOutageIsReportedAsUnavailable();

        proxy.pass();
        assertThat(files.stat(VirtualPath.parse("/file")).size()).isEqualTo(1);
    }

    @Test
    void aStoreThatAnswers503IsUnavailable() throws Exception {
        write(new byte[] {1}, WriteCondition.ALWAYS);
        proxy.respond(503, "<Error><Code>SlowDown</Code><Message>busy</Message></Error>");
        assertOutageIsReportedAsUnavailable();

        proxy.pass();
        assertThat(files.stat(VirtualPath.parse("/file")).size()).isEqualTo(1);
    }

    @Test
    void aSilentStoreIsUnavailable() throws Exception {
        write(new byte[] {1}, WriteCondition.ALWAYS);
        proxy.hang();

        assertUnavailable(() -> files.stat(VirtualPath.parse("/file")));
        assertUnavailable(() -> files.list(VirtualPath.ROOT));
    }

    @Test
    void refusedCredentialsAreNotMissingFiles() throws Exception {
        proxy.fail(request -> request.method().equals("HEAD"), new RequestFault.Respond(403, ""));
        proxy.fail(
                StoreFaultsTest::isGet,
                new RequestFault.Respond(
                        403, "<Error><Code>RequestTimeTooSkewed</Code><Message>clock</Message></Error>"));

        assertUnavailable(() -> files.stat(VirtualPath.parse("/file")));
    }

    @Test
    void aLostPartIsSentAgain() throws Exception {
        byte[] bytes = Bytes.random(1, 17 * MIB);
        proxy.failNext(2, StoreFaultsTest::isPart, new RequestFault.Reset());
        write(bytes, WriteCondition.ALWAYS);

        assertThat(stored()).isEqualTo(bytes);
    }

    @Test
    void anUploadWhoseIdWasLostIsAbortedButNotItsReplacement() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        proxy.failNext(1, StoreFaultsTest::isCreate, new RequestFault.CutReply(0));
        try (ObjectWriter writer = store.write(key, ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes));
            writer.awaitParts();
            assertThat(direct.store().pendingUploads(key)).hasSize(2);

            assertThat(new UploadSweeper(store, fixture.journal(), Clock.systemUTC()).sweep())
                    .isEqualTo(1);
            assertThat(direct.store().pendingUploads(key)).hasSize(1);
            writer.complete(WriteCondition.ALWAYS);
        }

        assertThat(stored()).isEqualTo(bytes);
    }

    @Test
    void anUploadWithRefusedPartsFailsAndKeepsTheOldObject() throws Exception {
        write(new byte[] {7}, WriteCondition.ALWAYS);
        proxy.fail(StoreFaultsTest::isPart, new RequestFault.Respond(503, ""));

        assertUnavailable(() -> write(Bytes.random(1, 40 * MIB), WriteCondition.ALWAYS));
        assertThat(stored()).containsExactly(7);
    }

    @Test
    void aSilentStoreEndsAnUpload() throws Exception {
        proxy.fail(StoreFaultsTest::isPart, new RequestFault.Hang());

        assertUnavailable(() -> write(Bytes.random(1, 40 * MIB), WriteCondition.ALWAYS));
        assertThat(direct.store().head(key)).isEmpty();
    }

    @Test
    void aLostCompletionIsSentAgain() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        proxy.failNext(1, StoreFaultsTest::isComplete, new RequestFault.Reset());
        write(bytes, WriteCondition.ALWAYS);

        assertThat(stored()).isEqualTo(bytes);
    }

    @Test
    void aCompletionWithALostAnswerIsDetected() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        proxy.failNext(1, StoreFaultsTest::isComplete, new RequestFault.CutReply(0));
        write(bytes, WriteCondition.IF_ABSENT);

        assertThat(stored()).isEqualTo(bytes);
    }

    @Test
    void aPutWithALostAnswerIsDetected() throws Exception {
        byte[] bytes = Bytes.random(1, 1000);
        proxy.failNext(1, StoreFaultsTest::isPut, new RequestFault.CutReply(0));
        write(bytes, WriteCondition.IF_ABSENT);

        assertThat(stored()).isEqualTo(bytes);
    }

    @Test
    void anErrorInsideA200IsAnError() throws Exception {
        proxy.fail(
                StoreFaultsTest::isComplete,
                new RequestFault.Respond(
                        200,
                        "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>sorry</Message></Error>"));

        assertUnavailable(() -> write(Bytes.random(1, 11 * MIB), WriteCondition.ALWAYS));
        assertThat(direct.store().head(key)).isEmpty();
    }

    @Test
    void anInterruptedDownloadContinuesWhereItStopped() throws Exception {
        byte[] bytes = Bytes.random(1, 9 * MIB);
        write(bytes, WriteCondition.ALWAYS);
        proxy.failNext(3, StoreFaultsTest::isGet, new RequestFault.CutReply(300_000));

        try (ObjectReader reader = store.read(store.head(key).orElseThrow(), 0)) {
            assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
        }
    }

    @Test
    void bytesThatArrivedAreReadAlthoughTheRestIsMissing() throws Exception {
        byte[] bytes = Bytes.random(1, 2 * MIB);
        write(bytes, WriteCondition.ALWAYS);
        try (TestStore patient = new TestStore(endpoint, folder.resolve("patient"));
                ObjectReader reader =
                        patient.store().read(patient.store().head(key).orElseThrow(), 0)) {
            proxy.failNext(1, StoreFaultsTest::isGet, new RequestFault.StallReply(100_000));
            ByteBuffer first = ByteBuffer.allocate(MIB);
            while (first.position() < 90_000) {
                assertThat(reader.read(first)).isPositive();
            }

            assertThat(first.position()).isLessThan(100_000);
            assertThat(first.flip()).isEqualTo(ByteBuffer.wrap(bytes, 0, first.limit()));
        }
    }

    @Test
    void anUploadThatWasRefusedTemporarilyIsCreatedOnce() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        proxy.failNext(1, StoreFaultsTest::isCreate, RequestFault.slowDown());
        write(bytes, WriteCondition.ALWAYS);

        assertThat(stored()).isEqualTo(bytes);
        try (StateDatabase database = StateDatabase.join(folder.resolve("gateway/state.db"))) {
            assertThat(new UploadTable(database, Clock.systemUTC()).leftBehind())
                    .isEmpty();
        }
    }

    @Test
    void anInterruptedOpenContinuesWhereItStopped() throws Exception {
        byte[] bytes = Bytes.random(1, 9 * MIB);
        write(bytes, WriteCondition.ALWAYS);
        proxy.failNext(3, StoreFaultsTest::isGet, new RequestFault.CutReply(300_000));

        try (ObjectReader reader = store.open(key, 0, "anna").orElseThrow()) {
            assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
        }
    }

    /** The first request cannot name a version; its bytes must not be mixed with those of another version. */
    @Test
    void anObjectThatIsReplacedWhileItsOpeningIsRepeatedIsNotMixed() throws Exception {
        write(Bytes.random(1, MIB), WriteCondition.ALWAYS);
        AtomicInteger gets = new AtomicInteger();
        proxy.failNext(1, StoreFaultsTest::isGet, new RequestFault.CutReply(300_000));
        HeldRequests second = proxy.hold(1, request -> isGet(request) && gets.incrementAndGet() == 2);

        try (ObjectReader reader = store.open(key, 0, "anna").orElseThrow()) {
            second.awaitArrival(Patience.LIMIT);
            write(Bytes.random(2, MIB), WriteCondition.ALWAYS);
            second.release();
            assertThatThrownBy(() -> Bytes.readAll(reader))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CONFLICT));
        }
    }

    @Test
    void anOutageDuringAnUploadLosesNothingElse() throws Exception {
        write(new byte[] {7}, WriteCondition.ALWAYS);
        try (FileUpload upload = files.create(VirtualPath.parse("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(Bytes.random(1, 20 * MIB)));
            proxy.refuse();
            assertUnavailable(upload::commit);
        }
        proxy.pass();
        assertThat(stored()).containsExactly(7);
        assertThat(files.stat(VirtualPath.parse("/file")).size()).isEqualTo(1);
    }

    @Test
    void aFailedRenameLeavesTheSourceComplete() throws Exception {
        files.mkdir(VirtualPath.parse("/from"));
        for (int i = 0; i < 5; i++) {
            ObjectKey child = new ObjectKey(key.bucket(), "from/" + i);
            try (ObjectWriter writer = store.write(child, new ObjectAttributes(Map.of()), WAIT)) {
                writer.write(ByteBuffer.wrap(new byte[] {(byte) i}));
                writer.complete(WriteCondition.ALWAYS);
            }
        }
        proxy.fail(
                request -> request.method().equals("PUT") && request.path().endsWith("/to/3"),
                new RequestFault.Respond(503, ""));

        assertUnavailable(
                () -> files.rename(VirtualPath.parse("/from"), VirtualPath.parse("/to"), RenameMode.KEEP_TARGET));
        proxy.pass();
        assertThat(files.list(VirtualPath.parse("/from")).next(10)).hasSize(5);
        assertThatThrownBy(() -> files.stat(VirtualPath.parse("/to")))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND));
    }

    @Test
    void anObjectWhoseWriterWasInterruptedIsNotStored() throws Exception {
        // The parts are held, so that further writes have to wait.
        HeldRequests parts = proxy.hold(1, StoreFaultsTest::isPart);
        try (ObjectWriter writer = store.write(key, ObjectAttributes.NONE, WAIT)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> writer.write(ByteBuffer.wrap(Bytes.random(1, 80 * MIB))))
                    .isInstanceOf(StoreException.class);
            assertThat(Thread.interrupted()).isTrue();
            parts.release();

            assertThatThrownBy(() -> writer.complete(WriteCondition.ALWAYS)).isInstanceOf(StoreException.class);
        }
        assertThat(direct.store().head(key)).isEmpty();
    }

    @Test
    void answersThatIgnoreTheRangeAreRefused() throws Exception {
        write(Bytes.random(1, 2 * MIB), WriteCondition.ALWAYS);
        proxy.fail(StoreFaultsTest::isGet, new RequestFault.Respond(200, "x".repeat(2 * MIB)));

        try (ObjectReader reader = store.read(store.head(key).orElseThrow(), MIB)) {
            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(MIB)))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INTEGRITY));
        }
    }

    @Test
    void anUploadThatTheStoreLostIsNotAMissingFile() {
        proxy.fail(
                StoreFaultsTest::isPart,
                new RequestFault.Respond(404, "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>"));

        assertUnavailable(() -> write(Bytes.random(1, 11 * MIB), WriteCondition.ALWAYS));
    }

    @Test
    void anEmpty404IsNotAMissingDirectory() {
        proxy.respond(404, "");

        assertUnavailable(() -> files.list(VirtualPath.ROOT));
        assertUnavailable(() -> files.stat(VirtualPath.parse("/file")));
    }

    @Test
    void anUploadOfIdenticalBytesLeavesNothingBehind() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        write(bytes, WriteCondition.ALWAYS);
        proxy.fail(StoreFaultsTest::isComplete, new RequestFault.Respond(503, ""));
        try {
            write(bytes, WriteCondition.ALWAYS);
        } catch (StoreException e) {
            assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE);
        }

        assertThat(stored()).isEqualTo(bytes);
        Patience.await("the upload is aborted", () -> {
            try {
                return direct.store().pendingUploads(key).isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void aFailedRenameKeepsTheTargetDirectory() throws Exception {
        tree();
        files.mkdir(VirtualPath.parse("/to"));
        proxy.fail(
                request -> request.method().equals("PUT") && request.path().endsWith("/to/3"),
                new RequestFault.Respond(503, ""));

        assertUnavailable(
                () -> files.rename(VirtualPath.parse("/from"), VirtualPath.parse("/to"), RenameMode.REPLACE_TARGET));
        proxy.pass();
        assertThat(files.list(VirtualPath.parse("/from")).next(10)).hasSize(5);
        assertThat(files.list(VirtualPath.parse("/to")).next(10)).isEmpty();
    }

    @Test
    void anInterruptDoesNotLeaveARenameHalfDone() throws Exception {
        tree();
        HeldRequests copy = proxy.hold(
                1, request -> request.method().equals("PUT") && request.path().endsWith("/to/3"));
        Thread renaming = Thread.ofVirtual().start(() -> {
            try {
                files.rename(VirtualPath.parse("/from"), VirtualPath.parse("/to"), RenameMode.KEEP_TARGET);
            } catch (VfsException e) {
                assertThat(e.failure()).isEqualTo(Failure.ABORTED);
            }
        });
        copy.awaitArrival(Patience.LIMIT);
        renaming.interrupt();
        copy.release();
        renaming.join();

        // The rename continues without its client.
        Patience.await("one of the two places", () -> {
            try {
                return files.list(VirtualPath.ROOT).next(10).size() == 1;
            } catch (VfsException e) {
                return false;
            }
        });
        assertThat(files.list(VirtualPath.ROOT).next(10))
                .allSatisfy(directory ->
                        assertThat(files.list(directory.path()).next(10)).hasSize(5));
    }

    private void tree() throws Exception {
        files.mkdir(VirtualPath.parse("/from"));
        for (int i = 0; i < 5; i++) {
            try (FileUpload upload = files.create(VirtualPath.parse("/from/" + i), CreateMode.NEW)) {
                upload.write(0, ByteBuffer.wrap(new byte[] {(byte) i}));
                upload.commit();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "AccountProblem",
                "NotSignedUp",
                "InvalidSecurity",
                "InvalidAccessKeyId",
                "SignatureDoesNotMatch",
                "RequestTimeTooSkewed",
                "ExpiredToken",
                "InvalidToken"
            })
    void problemsOfTheGatewaysCredentialsAreNotDeniedPermissions(String code) {
        proxy.respond(403, "<Error><Code>" + code + "</Code><Message>no</Message></Error>");

        assertUnavailable(() -> files.list(VirtualPath.ROOT));
        assertUnavailable(() -> files.stat(VirtualPath.parse("/file")));
        // The text that is logged.
        assertThatThrownBy(() -> store.check(key.bucket())).hasMessageContaining(code);
    }

    @Test
    void deletingAMissingObjectIsNoError() throws Exception {
        proxy.fail(
                request -> request.method().equals("DELETE"),
                new RequestFault.Respond(404, "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"));

        store.delete(List.of(key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>", ""})
    void a404ThatIsNotFromTheBucketIsAnError(String body) {
        proxy.fail(request -> request.method().equals("DELETE"), new RequestFault.Respond(404, body));

        assertUnavailable(() -> store.delete(List.of(key)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3 * MIB})
    void objectsThatAllowGetButNotHeadAreFound(int size) throws Exception {
        write(Bytes.random(1, size), WriteCondition.ALWAYS);
        proxy.fail(request -> request.method().equals("HEAD"), new RequestFault.Respond(403, ""));

        assertThat(store.head(key)).isEqualTo(direct.store().head(key));
    }

    @Test
    void missingHeadersAreNotAnError() throws Exception {
        proxy.fail(request -> request.method().equals("HEAD"), new RequestFault.Respond(403, ""));
        proxy.fail(StoreFaultsTest::isGet, new RequestFault.Respond(200, ""));

        assertThat(store.head(key)).contains(new ObjectInfo(key, 0, "", Instant.EPOCH));
    }

    @Test
    void anEmptyPageIsNotTheEndOfAListing() throws Exception {
        for (String name : List.of("dir/", "dir/a", "dir/b", "dir/c")) {
            store.putMarker(new ObjectKey(key.bucket(), name));
        }
        String behindTwo = store.list(key.bucket(), "dir/", false, null, 2).next();
        RequestFault empty = new RequestFault.Respond(
                200,
                "<?xml version=\"1.0\"?><ListBucketResult><Name>" + key.bucket()
                        + "</Name><KeyCount>0</KeyCount><MaxKeys>1</MaxKeys><IsTruncated>true</IsTruncated>"
                        + "<NextContinuationToken>" + behindTwo
                        + "</NextContinuationToken></ListBucketResult>");

        proxy.failNext(1, request -> request.hasParameter("list-type"), empty);
        assertThat(files.stat(VirtualPath.parse("/dir")).directory()).isTrue();

        proxy.failNext(1, request -> request.hasParameter("list-type"), empty);
        assertThat(store.list(key.bucket(), "dir/", false, null, 10).objects())
                .extracting(object -> object.key().key())
                .containsExactly("dir/b", "dir/c");

        proxy.fail(request -> request.hasParameter("list-type"), empty);
        assertUnavailable(() -> files.stat(VirtualPath.parse("/dir")));
    }

    @Test
    void noConditionIsSentForAVersionWithoutAnEtag(@TempDir Path folder) throws Exception {
        try (TestStore small = new TestStore(endpoint, folder, 64L << 20, 6L * MIB, 5L * MIB)) {
            for (int size : new int[] {1000, 7 * MIB}) {
                byte[] bytes = Bytes.random(1, size);
                write(bytes, WriteCondition.ALWAYS);
                ObjectInfo version = store.head(key).orElseThrow();
                ObjectInfo nameless = new ObjectInfo(key, size, "", version.lastModified());
                ObjectKey to = new ObjectKey(key.bucket(), "to");

                small.store().copy(nameless, to, WriteCondition.ALWAYS);
                try (ObjectReader reader = store.read(nameless, 0)) {
                    assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
                }
                assertThat(small.store().head(to).orElseThrow().size()).isEqualTo(size);
            }
        }
        assertThat(proxy.requests())
                .noneMatch(request -> request.header("if-match").isPresent()
                        || request.header("x-amz-copy-source-if-match").isPresent());
    }

    /** Amazon's copies are STANDARD unless requested otherwise; MinIO's are not, so the result does not tell. */
    @Test
    void aCopyRequestsTheStorageClassOfItsSource() throws Exception {
        try (S3AsyncClient client = endpoint.newClient()) {
            client.putObject(
                            request -> request.bucket(key.bucket())
                                    .key(key.key())
                                    .storageClass(StorageClass.REDUCED_REDUNDANCY),
                            AsyncRequestBody.fromString("x"))
                    .join();
        }
        store.copy(store.head(key).orElseThrow(), new ObjectKey(key.bucket(), "to"), WriteCondition.ALWAYS);

        assertThat(proxy.requests())
                .anyMatch(request -> request.header("x-amz-copy-source").isPresent()
                        && request.header("x-amz-storage-class").equals(Optional.of("REDUCED_REDUNDANCY")));
    }

    @Test
    void anInterruptedCopyIsAbortedAfterItsLastPart(@TempDir Path folder) throws Exception {
        write(Bytes.random(1, 17 * MIB), WriteCondition.ALWAYS);
        ObjectKey to = new ObjectKey(key.bucket(), "to");
        try (TestStore small = new TestStore(endpoint, folder, 64L << 20, 6L * MIB, 5L * MIB)) {
            ObjectInfo from = store.head(key).orElseThrow();
            HeldRequests parts = proxy.hold(
                    4, request -> request.header("x-amz-copy-source-range").isPresent());
            CompletableFuture<Failure> failure = new CompletableFuture<>();
            Thread copying = Thread.ofVirtual().start(() -> {
                try {
                    small.store().copy(from, to, WriteCondition.ALWAYS);
                } catch (StoreException e) {
                    failure.complete(e.failure());
                }
            });
            parts.awaitArrival(Patience.LIMIT);
            copying.interrupt();
            Patience.await("the interrupt is noticed", () -> !copying.isInterrupted());
            assertThat(copying.isAlive()).isTrue();
            assertThat(proxy.requests()).noneMatch(request -> request.method().equals("DELETE"));
            parts.release();
            copying.join();

            assertThat(failure).isCompletedWithValue(Failure.ABORTED);
            Patience.await(
                    "the upload is aborted",
                    () -> proxy.requests().getLast().method().equals("DELETE"));
        }
        assertThat(direct.store().pendingUploads(to)).isEmpty();
        assertThat(direct.store().head(to)).isEmpty();
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void aStoreThatFallsSilentFailsTransfersInProgress() throws Exception {
        byte[] bytes = Bytes.random(1, 9 * MIB);
        write(bytes, WriteCondition.ALWAYS);
        for (String name : List.of("a", "b", "c")) {
            store.putMarker(new ObjectKey(key.bucket(), name + "/"));
        }
        String second = store.list(key.bucket(), "", true, null, 1).next();
        ObjectKey other = new ObjectKey(key.bucket(), "other");
        try (ObjectReader reader = store.read(store.head(key).orElseThrow(), 0);
                ObjectWriter writer = store.write(other, ObjectAttributes.NONE, WAIT);
                ObjectWriter small = store.write(other, ObjectAttributes.NONE, WAIT)) {
            assertThat(reader.read(ByteBuffer.allocate(1000))).isPositive();
            writer.write(ByteBuffer.wrap(bytes));
            small.write(ByteBuffer.wrap(new byte[] {1}));
            proxy.hang();

            assertUnavailable(() -> writer.complete(WriteCondition.ALWAYS));
            assertUnavailable(() -> small.complete(WriteCondition.ALWAYS));
            assertUnavailable(() -> Bytes.readAll(reader));
            assertUnavailable(() -> store.list(key.bucket(), "", true, second, 1));
        }
        proxy.pass();
        assertThat(store.list(key.bucket(), "", true, second, 10).prefixes()).containsExactly("b/", "c/");
        // A request that was in flight when the store fell silent may still arrive: completely or not at all.
        assertThat(store.head(other)).map(ObjectInfo::size).isIn(Optional.empty(), Optional.of(1L));
        write(new byte[] {1}, WriteCondition.ALWAYS);
        assertThat(stored()).containsExactly(1);
    }
}

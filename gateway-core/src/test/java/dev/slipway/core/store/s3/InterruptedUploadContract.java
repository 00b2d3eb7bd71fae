package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.CompleteMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.MultipartEtag;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Interrupted uploads at the store, run against every S3 server that Slipway is tested with. */
public abstract class InterruptedUploadContract {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final int MIB = 1 << 20;
    private static final int PART = (int) TestStore.PART_BYTES;
    private static final UploadOwner ANNA = new UploadOwner("anna", true, false);

    private final TestBucket bucket;
    private final Supplier<StateDatabase> state;
    private final ObjectKey key;
    private final byte[] bytes = Bytes.random(1, 17 * MIB);
    private final List<TestStore> killed = new ArrayList<>();
    private final List<ObjectWriter> writers = new ArrayList<>();
    private TestStore fixture;

    protected InterruptedUploadContract(S3Bucket bucket, @TempDir Path folder) {
        this(TestBucket.of(bucket), folder);
    }

    protected InterruptedUploadContract(TestBucket bucket, @TempDir Path folder) {
        this(bucket, () -> TestState.open(folder));
    }

    /** @param state opens the database for another gateway */
    InterruptedUploadContract(TestBucket bucket, Supplier<StateDatabase> state) {
        this.bucket = bucket;
        this.state = state;
        this.key = new ObjectKey(bucket.name(), "dir/file");
        this.fixture = TestStore.with(state.get(), bucket);
    }

    @AfterEach
    void memoryComesBack() throws InterruptedException {
        Patience.await("all part memory is returned", () -> fixture.parts().reservedBytes() == 0);
        assertThat(fixture.parts().usedBytes()).isZero();
        fixture.close();
        writers.forEach(ObjectWriter::close);
        killed.forEach(TestStore::close);
    }

    private static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }

    private ByteBuffer slice(int from, int to) {
        return ByteBuffer.wrap(bytes, from, to - from);
    }

    private InterruptedUpload interruptAfter(int size) throws StoreException {
        try (ObjectWriter writer = fixture.store().write(key, new ObjectAttributes(Map.of("mtime", "7")), ANNA, WAIT)) {
            writer.write(slice(0, size));
            writer.suspend(null);
        }
        return interrupted().orElseThrow();
    }

    private Optional<InterruptedUpload> interrupted() throws StoreException {
        return fixture.store().interrupted(key, "anna");
    }

    private void complete(ObjectWriter writer) throws StoreException {
        writer.write(slice((int) writer.size(), bytes.length));
        writer.complete(WriteCondition.ALWAYS);
    }

    private void assertStored() throws StoreException {
        try (ObjectReader reader =
                fixture.store().read(fixture.store().head(key).orElseThrow(), 0)) {
            assertThat(Bytes.readAll(reader)).isEqualTo(bytes);
        }
        assertThat(interrupted()).isEmpty();
        assertThat(fixture.store().pendingUploads(key)).isEmpty();
    }

    @Test
    void anUploadResumesAtTheEndOfItsParts() throws Exception {
        InterruptedUpload interrupted = interruptAfter(13 * MIB);
        assertThat(interrupted.bytes()).isEqualTo(2L * PART);
        assertThat(fixture.store().interrupted(key, "bert")).isEmpty();
        assertThat(fixture.store().head(key)).isEmpty();
        assertThat(fixture.store().pendingUploads(key)).hasSize(1);
        assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                .isZero();

        try (ObjectWriter writer = fixture.store().resume(interrupted, interrupted.bytes(), WAIT)) {
            assertThat(writer.size()).isEqualTo(interrupted.bytes());
            complete(writer);
        }
        assertStored();
        try (S3Operations client = bucket.connect()) {
            assertThat(client.head(HeadRequest.of(key)).join().description().metadata())
                    .containsEntry("mtime", "7");
        }
    }

    @Test
    void anUploadCanBeInterruptedRepeatedly() throws Exception {
        InterruptedUpload interrupted = interruptAfter(6 * MIB);
        for (int end : new int[] {7 * MIB, 11 * MIB, 16 * MIB}) {
            try (ObjectWriter writer = fixture.store().resume(interrupted, interrupted.bytes(), WAIT)) {
                writer.write(slice((int) writer.size(), end));
                writer.suspend(null);
            }
            interrupted = interrupted().orElseThrow();
            assertThat(interrupted.bytes()).isEqualTo((long) (end / PART) * PART);
        }
        try (ObjectWriter writer = fixture.store().resume(interrupted, interrupted.bytes(), WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void anUploadResumesAtTheEndOfAnEarlierPartAndNowhereElse() throws Exception {
        InterruptedUpload interrupted = interruptAfter(16 * MIB);
        for (int offset : new int[] {1, PART - 1, PART + 1, 15 * MIB + 1, 16 * MIB}) {
            assertFails(Failure.UNSUPPORTED, () -> fixture.store().resume(interrupted, offset, WAIT));
        }
        // The bytes differ when they are sent again.
        Arrays.fill(bytes, PART, bytes.length, (byte) 1);
        try (ObjectWriter writer = fixture.store().resume(interrupted, PART, WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void theRestartOffsetIsLessThanTheBytesSent() throws Exception {
        try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, ANNA, WAIT)) {
            writer.write(slice(0, 2 * PART));
            // As in a failed commit: the store has all bytes.
            writer.awaitParts();
            writer.suspend(null);
        }
        assertThat(interrupted().orElseThrow().bytes()).isEqualTo(PART);
        try (ObjectWriter writer = fixture.store().resume(interrupted().orElseThrow(), PART, WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void anUploadOfWhichTheStoreHasNothingCanBeResumed() throws Exception {
        InterruptedUpload interrupted = interruptAfter(PART);
        assertThat(interrupted.bytes()).isZero();
        assertThat(fixture.store().pendingUploads(key)).isEmpty();
        try (ObjectWriter writer = fixture.store().resume(interrupted, 0, WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void anUploadIsResumedOnlyOnce() throws Exception {
        InterruptedUpload interrupted = interruptAfter(6 * MIB);
        try (ObjectWriter writer = fixture.store().resume(interrupted, PART, WAIT)) {
            assertFails(Failure.CONFLICT, () -> fixture.store().resume(interrupted, PART, WAIT));
            fixture.store().discard(interrupted);
            complete(writer);
        }
        assertStored();
    }

    @Test
    void aDiscardedUploadIsAborted() throws Exception {
        InterruptedUpload interrupted = interruptAfter(6 * MIB);
        fixture.store().discard(interrupted);
        assertThat(interrupted()).isEmpty();
        awaitNothingPending();
        assertFails(Failure.CONFLICT, () -> fixture.store().resume(interrupted, PART, WAIT));
        Patience.await(
                "the journal is empty", () -> fixture.journal().leftBehind().isEmpty());
    }

    @Test
    void aLaterInterruptedUploadReplacesAnEarlierOne() throws Exception {
        interruptAfter(6 * MIB);
        assertThat(interruptAfter(11 * MIB).bytes()).isEqualTo(2L * PART);
        assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                .isOne();
        assertThat(fixture.store().pendingUploads(key)).hasSize(1);
    }

    /** Leaves the upload as a killed gateway does, and starts another gateway. */
    private InterruptedUpload killed(ObjectWriter writer) throws StoreException {
        killed.add(fixture);
        writers.add(writer);
        fixture.kill();
        fixture = TestStore.with(state.get(), bucket);
        fixture.journal().recover();
        assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                .isZero();
        return interrupted().orElseThrow();
    }

    /** All parts may be the complete file, unless more parts follow them. */
    @ParameterizedTest
    @CsvSource({"15, 10", "16, 15", "6, 5"})
    void uploadsOfAKilledGatewayAreKept(int sent, int kept) throws Exception {
        ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, ANNA, WAIT);
        writer.write(slice(0, sent * MIB));
        writer.awaitParts();
        InterruptedUpload interrupted = killed(writer);
        assertThat(interrupted.bytes()).isEqualTo((long) kept * MIB);
        try (ObjectWriter again = fixture.store().resume(interrupted, interrupted.bytes(), WAIT)) {
            complete(again);
        }
        assertStored();
    }

    /** Its client got no answer and may send the file again; everybody sees what the store has. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aGatewayKilledDuringCompletionLeavesTheFileOrTheUpload(boolean reached) throws Exception {
        String id = fixture.journal().starting(key, ANNA);
        try (S3Operations client = bucket.connect()) {
            String upload = client.createMultipartUpload(new CreateMultipartUploadRequest(
                            key, ObjectDescription.NONE, CreateMultipartUploadRequest.PartChecksums.NONE))
                    .join()
                    .uploadId();
            fixture.journal().started(id, upload);
            List<UploadedPart> parts = new ArrayList<>();
            for (int part = 1; part <= 2; part++) {
                ByteBuffer body = slice((part - 1) * PART, part == 2 ? bytes.length : PART);
                parts.add(client.uploadPart(
                                new UploadPartRequest(key, upload, part, null, null), RequestBody.of(List.of(body)))
                        .join());
            }
            fixture.journal()
                    .completing(
                            id, new ExpectedObject(MultipartEtag.of(parts).orElseThrow(), null, bytes.length), null);
            if (reached) {
                client.completeMultipartUpload(
                                new CompleteMultipartUploadRequest(key, upload, parts, Precondition.NONE, null))
                        .join();
            }
        }
        fixture.kill();
        killed.add(fixture);
        fixture = TestStore.with(state.get(), bucket);
        fixture.journal().recover();

        if (reached) {
            assertThat(interrupted()).isEmpty();
            assertThat(fixture.journal().allInterrupted()).isEmpty();
            assertStored();
        } else {
            assertThat(interrupted().orElseThrow().bytes()).isEqualTo(PART);
        }
    }

    /** Later parts may have begun at other offsets, and belong to another file. */
    @Test
    void partsOfAnEarlierAttemptAreNotReused() throws Exception {
        InterruptedUpload interrupted = interruptAfter(16 * MIB);
        ObjectWriter writer = fixture.store().resume(interrupted, PART, WAIT);
        writer.write(slice(PART, 11 * MIB));
        InterruptedUpload again = killed(writer);
        assertThat(again.bytes()).isEqualTo(PART);
        try (ObjectWriter last = fixture.store().resume(again, PART, WAIT)) {
            complete(last);
        }
        assertStored();
    }

    @Test
    void resumingWithoutSendingLosesNothing() throws Exception {
        InterruptedUpload interrupted = interruptAfter(11 * MIB);
        for (int i = 0; i < 3; i++) {
            try (ObjectWriter writer = fixture.store().resume(interrupted, 2L * PART, WAIT)) {
                writer.suspend(null);
            }
            interrupted = interrupted().orElseThrow();
            assertThat(interrupted.bytes()).isEqualTo(2L * PART);
        }
    }

    @Test
    void anUploadThatTheStoreHasLostRestarts() throws Exception {
        InterruptedUpload interrupted = interruptAfter(6 * MIB);
        fixture.store().abort(fixture.store().pendingUploads(key).getFirst());
        assertFails(Failure.CONFLICT, () -> fixture.store().resume(interrupted, PART, WAIT));
        InterruptedUpload nothing = interrupted().orElseThrow();
        assertThat(nothing.bytes()).isZero();
        try (ObjectWriter writer = fixture.store().resume(nothing, 0, WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void theSweeperAbortsExpiredUploads() throws Exception {
        InterruptedUpload interrupted = interruptAfter(6 * MIB);
        Instant since = interrupted.since();
        assertThat(new UploadSweeper(
                                fixture.store(),
                                fixture.journal(),
                                Clock.systemUTC(),
                                upload -> upload.since().isBefore(since))
                        .sweep())
                .isZero();
        assertThat(interrupted()).isPresent();
        assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC(), _ -> true).sweep())
                .isOne();
        assertThat(interrupted()).isEmpty();
        awaitNothingPending();
    }

    private void awaitNothingPending() throws InterruptedException {
        Patience.await("the upload is aborted", () -> {
            try {
                return fixture.store().pendingUploads(key).isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
    }
}

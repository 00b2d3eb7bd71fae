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
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.store.WriteCondition;
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

/** What the store keeps of uploads that were cut off, to be run against every S3 server that Slipway is tested with. */
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
        Bytes.await("all part memory is returned", () -> fixture.parts().reservedBytes() == 0);
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

    private InterruptedUpload cutOffAfter(int size) throws StoreException {
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
    void anUploadGoesOnWhereItsPartsEnd() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(13 * MIB);
        assertThat(cutOff.bytes()).isEqualTo(2L * PART);
        assertThat(fixture.store().interrupted(key, "bert")).isEmpty();
        assertThat(fixture.store().head(key)).isEmpty();
        assertThat(fixture.store().pendingUploads(key)).hasSize(1);
        assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                .isZero();

        try (ObjectWriter writer = fixture.store().resume(cutOff, cutOff.bytes(), WAIT)) {
            assertThat(writer.size()).isEqualTo(cutOff.bytes());
            complete(writer);
        }
        assertStored();
        try (S3Operations client = bucket.connect()) {
            assertThat(client.head(HeadRequest.of(key)).join().description().metadata())
                    .containsEntry("mtime", "7");
        }
    }

    @Test
    void itCanBeCutOffAgainAndAgain() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(6 * MIB);
        for (int end : new int[] {7 * MIB, 11 * MIB, 16 * MIB}) {
            try (ObjectWriter writer = fixture.store().resume(cutOff, cutOff.bytes(), WAIT)) {
                writer.write(slice((int) writer.size(), end));
                writer.suspend(null);
            }
            cutOff = interrupted().orElseThrow();
            assertThat(cutOff.bytes()).isEqualTo((long) (end / PART) * PART);
        }
        try (ObjectWriter writer = fixture.store().resume(cutOff, cutOff.bytes(), WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void itGoesOnAtAnEarlierPartAndNowhereElse() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(16 * MIB);
        for (int offset : new int[] {1, PART - 1, PART + 1, 15 * MIB + 1, 16 * MIB}) {
            assertFails(Failure.UNSUPPORTED, () -> fixture.store().resume(cutOff, offset, WAIT));
        }
        // What is sent again is not what was sent before.
        Arrays.fill(bytes, PART, bytes.length, (byte) 1);
        try (ObjectWriter writer = fixture.store().resume(cutOff, PART, WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void whatIsKeptIsNeverAllThatWasSent() throws Exception {
        try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, ANNA, WAIT)) {
            writer.write(slice(0, 2 * PART));
            // As in a commit that fails: all of it is in the store.
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
    void oneOfWhichTheStoreHasNothingIsKnown() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(PART);
        assertThat(cutOff.bytes()).isZero();
        assertThat(fixture.store().pendingUploads(key)).isEmpty();
        try (ObjectWriter writer = fixture.store().resume(cutOff, 0, WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void onlyOneGoesOnWithIt() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(6 * MIB);
        try (ObjectWriter writer = fixture.store().resume(cutOff, PART, WAIT)) {
            assertFails(Failure.CONFLICT, () -> fixture.store().resume(cutOff, PART, WAIT));
            fixture.store().discard(cutOff);
            complete(writer);
        }
        assertStored();
    }

    @Test
    void whatIsDiscardedIsAborted() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(6 * MIB);
        fixture.store().discard(cutOff);
        assertThat(interrupted()).isEmpty();
        awaitNothingPending();
        assertFails(Failure.CONFLICT, () -> fixture.store().resume(cutOff, PART, WAIT));
        Bytes.await("the journal is empty", () -> fixture.journal().leftBehind().isEmpty());
    }

    @Test
    void oneThatIsCutOffLaterTakesThePlaceOfTheOther() throws Exception {
        cutOffAfter(6 * MIB);
        assertThat(cutOffAfter(11 * MIB).bytes()).isEqualTo(2L * PART);
        assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                .isOne();
        assertThat(fixture.store().pendingUploads(key)).hasSize(1);
    }

    /** Leaves the upload as a gateway does that is killed, and starts another one. */
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

    /** All parts may be all of the file, unless there is more behind them. */
    @ParameterizedTest
    @CsvSource({"15, 10", "16, 15", "6, 5"})
    void whatAKilledGatewayHasSentIsKept(int sent, int kept) throws Exception {
        ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, ANNA, WAIT);
        writer.write(slice(0, sent * MIB));
        writer.awaitParts();
        InterruptedUpload cutOff = killed(writer);
        assertThat(cutOff.bytes()).isEqualTo((long) kept * MIB);
        try (ObjectWriter again = fixture.store().resume(cutOff, cutOff.bytes(), WAIT)) {
            complete(again);
        }
        assertStored();
    }

    /** Its client was never told, and may send it again; everybody sees what is there. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aGatewayThatIsKilledWhileItCompletesLeavesTheFileOrTheUpload(boolean reached) throws Exception {
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
            fixture.journal().completing(id, MultipartEtag.of(parts).orElseThrow());
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

    /** The parts behind may have begun elsewhere, and be of another file. */
    @Test
    void partsOfAnEarlierAttemptAreNotTakenForThoseOfALaterOne() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(16 * MIB);
        ObjectWriter writer = fixture.store().resume(cutOff, PART, WAIT);
        writer.write(slice(PART, 11 * MIB));
        InterruptedUpload again = killed(writer);
        assertThat(again.bytes()).isEqualTo(PART);
        try (ObjectWriter last = fixture.store().resume(again, PART, WAIT)) {
            complete(last);
        }
        assertStored();
    }

    @Test
    void comingBackForNothingLosesNothing() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(11 * MIB);
        for (int i = 0; i < 3; i++) {
            try (ObjectWriter writer = fixture.store().resume(cutOff, 2L * PART, WAIT)) {
                writer.suspend(null);
            }
            cutOff = interrupted().orElseThrow();
            assertThat(cutOff.bytes()).isEqualTo(2L * PART);
        }
    }

    @Test
    void oneThatTheStoreHasLostBeginsAnew() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(6 * MIB);
        fixture.store().abort(fixture.store().pendingUploads(key).getFirst());
        assertFails(Failure.CONFLICT, () -> fixture.store().resume(cutOff, PART, WAIT));
        InterruptedUpload nothing = interrupted().orElseThrow();
        assertThat(nothing.bytes()).isZero();
        try (ObjectWriter writer = fixture.store().resume(nothing, 0, WAIT)) {
            complete(writer);
        }
        assertStored();
    }

    @Test
    void theSweeperGivesUpWhatIsOver() throws Exception {
        InterruptedUpload cutOff = cutOffAfter(6 * MIB);
        Instant since = cutOff.since();
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
        Bytes.await("the upload is aborted", () -> {
            try {
                return fixture.store().pendingUploads(key).isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
    }
}

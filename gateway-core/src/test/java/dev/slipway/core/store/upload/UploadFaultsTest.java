package dev.slipway.core.store.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads to a failing store; see {@code StoreFaultsTest} for failures that need a network. */
class UploadFaultsTest {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final int MIB = 1 << 20;

    private final Faults faults = new Faults();
    private final TestStore fixture;
    private final ObjectKey key;

    UploadFaultsTest(@TempDir Path folder) {
        TestBucket bucket = TestBucket.inMemory().with(faults);
        fixture = new TestStore(bucket, folder);
        key = new ObjectKey(bucket.name(), "file");
    }

    @AfterEach
    void nothingIsHeld() throws InterruptedException {
        Patience.await("all part memory is returned", () -> fixture.parts().reservedBytes() == 0);
        assertThat(fixture.parts().usedBytes()).isZero();
        Patience.await(
                "all read-ahead memory is returned", () -> fixture.readAhead().reservedBytes() == 0);
        fixture.close();
    }

    private ObjectWriter writer() throws StoreException {
        return fixture.store().write(key, ObjectAttributes.NONE, WAIT);
    }

    private void put(byte[] bytes, WriteCondition condition) throws StoreException {
        try (ObjectWriter writer = writer()) {
            writer.write(ByteBuffer.wrap(bytes));
            writer.complete(condition);
        }
    }

    private byte[] get() throws StoreException {
        try (ObjectReader reader =
                fixture.store().read(fixture.store().head(key).orElseThrow(), 0)) {
            return Bytes.readAll(reader);
        }
    }

    private void assertNothingIsLeft() throws InterruptedException {
        Patience.await("the upload is aborted", () -> {
            try {
                return fixture.store().pendingUploads(key).isEmpty()
                        && fixture.journal().leftBehind().isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }

    @Test
    void aCompletionWithALostAnswerSucceeds() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        faults.once(call -> call.is(Operation.COMPLETE_MULTIPART_UPLOAD), new Fault.LoseAnswer());

        put(bytes, WriteCondition.ALWAYS);

        assertThat(get()).isEqualTo(bytes);
        assertNothingIsLeft();
    }

    @Test
    void aRepeatedCompletionThatFindsNoUploadSucceeds() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        faults.once(
                call -> call.is(Operation.COMPLETE_MULTIPART_UPLOAD), new Fault.AnswerAsRepeated(404, "NoSuchUpload"));

        put(bytes, WriteCondition.ALWAYS);

        assertThat(get()).isEqualTo(bytes);
        assertNothingIsLeft();
    }

    @Test
    void aCompletionWithAnErrorInItsAnswerLeavesNothing() throws Exception {
        faults.once(call -> call.is(Operation.COMPLETE_MULTIPART_UPLOAD), new Fault.ErrorInAnswer("InternalError"));

        assertFails(Failure.UNAVAILABLE, () -> put(Bytes.random(1, 11 * MIB), WriteCondition.ALWAYS));

        assertThat(fixture.store().head(key)).isEmpty();
        assertNothingIsLeft();
    }

    /** The object is as requested, so the upload has succeeded; whether the store completed it or had the bytes before. */
    @Test
    void anUploadOfIdenticalBytesThatCannotBeAbortedIsLeftForTheSweeper() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        put(bytes, WriteCondition.ALWAYS);
        faults.once(call -> call.is(Operation.COMPLETE_MULTIPART_UPLOAD), new Fault.LoseRequest());
        faults.once(call -> call.is(Operation.ABORT_MULTIPART_UPLOAD), new Fault.Refuse(403, "AccessDenied"));

        put(bytes, WriteCondition.ALWAYS);

        assertThat(fixture.store().pendingUploads(key)).hasSize(1);
        Patience.await(
                "it is left for the sweeper",
                () -> fixture.journal().leftBehind().size() == 1);
    }

    @Test
    void aRepeatedPutThatFindsItsOwnObjectSucceeds() throws Exception {
        faults.once(call -> call.is(Operation.PUT), new Fault.AnswerAsRepeated(412, "PreconditionFailed"));

        put(new byte[] {1, 2}, WriteCondition.IF_ABSENT);

        assertThat(get()).containsExactly(1, 2);
    }

    @Test
    void aRefusedPartFailsTheUpload() throws Exception {
        faults.always(call -> call.is(Operation.UPLOAD_PART), new Fault.Refuse(503, "SlowDown"));

        assertFails(Failure.UNAVAILABLE, () -> put(Bytes.random(1, 40 * MIB), WriteCondition.ALWAYS));

        assertThat(fixture.store().head(key)).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void aDamagedPartIsSentAgain() throws Exception {
        byte[] bytes = Bytes.random(1, 11 * MIB);
        faults.times(2, call -> call.is(Operation.UPLOAD_PART), new Fault.Refuse(400, "BadDigest"));

        put(bytes, WriteCondition.ALWAYS);

        assertThat(get()).isEqualTo(bytes);
    }

    @Test
    void anInterruptedUploadKeepsWhatTheStoreHas() throws Exception {
        UploadOwner anna = new UploadOwner("anna", true, false);
        byte[] bytes = Bytes.random(1, 17 * MIB);
        try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, anna, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes, 0, 11 * MIB));
            Patience.await("two parts are stored", () -> writer.keptBytes() == 10L * MIB);
            faults.always(call -> call.is(Operation.UPLOAD_PART), new Fault.LoseRequest());
            assertFails(Failure.UNAVAILABLE, () -> {
                writer.write(ByteBuffer.wrap(bytes, 11 * MIB, 6 * MIB));
                writer.awaitParts();
            });
            writer.suspend(null);
        }
        faults.heal();

        var kept = fixture.store().interrupted(key, "anna").orElseThrow();
        assertThat(kept.bytes()).isEqualTo(10L * MIB);
        try (ObjectWriter writer = fixture.store().resume(kept, kept.bytes(), WAIT)) {
            writer.write(ByteBuffer.wrap(bytes, 10 * MIB, 7 * MIB));
            writer.complete(WriteCondition.ALWAYS);
        }
        assertThat(get()).isEqualTo(bytes);
    }

    @Test
    void closingEndsAWriteThatWaitsForTheStore() throws Exception {
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.always(call -> call.is(Operation.UPLOAD_PART), new Fault.Hold(gate));
        ObjectWriter writer = writer();
        CompletableFuture<?> write = CompletableFuture.runAsync(() -> {
            try {
                writer.write(ByteBuffer.wrap(Bytes.random(1, 60 * MIB)));
            } catch (StoreException e) {
                throw new CompletionException(e);
            }
        });
        Patience.await(
                "parts are held", () -> faults.calls().stream().anyMatch(call -> call.is(Operation.UPLOAD_PART)));

        writer.close();

        assertThatThrownBy(write::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.ABORTED));
        gate.complete(null);
        assertNothingIsLeft();
    }

    @Test
    void aTruncatedDownloadFails() throws Exception {
        byte[] bytes = Bytes.random(1, 300_000);
        put(bytes, WriteCondition.ALWAYS);
        faults.once(call -> call.is(Operation.GET), new Fault.CutBody(200_000));

        assertFails(Failure.UNAVAILABLE, this::get);
        assertThat(get()).isEqualTo(bytes);
    }
}

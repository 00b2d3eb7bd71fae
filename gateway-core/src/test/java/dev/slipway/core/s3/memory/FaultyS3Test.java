package dev.slipway.core.s3.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.s3.CompleteMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.GetRequest;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.ReceivedBytes;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultyS3Test {
    private static final ObjectKey FILE = new ObjectKey("bucket", "file");

    private final Faults faults = new Faults();
    private final FaultyS3 store =
            new FaultyS3(new MemoryS3().createBucket("bucket").connect(), faults);

    @AfterEach
    void close() {
        store.close();
    }

    private void put(byte[] bytes) {
        store.put(PutRequest.of(FILE), RequestBody.of(bytes)).join();
    }

    private byte[] get() {
        ReceivedBytes received = new ReceivedBytes();
        store.get(GetRequest.of(FILE), received).join();
        return received.bytes();
    }

    private static void assertFails(ThrowingCallable call, Consumer<S3Exception> requirements) {
        assertThatThrownBy(call).cause().isInstanceOfSatisfying(S3Exception.class, requirements);
    }

    @Test
    void aRefusedRequestDoesNothing() {
        faults.once(call -> call.is(Operation.PUT), new Fault.Refuse(503, "SlowDown"));

        assertFails(() -> put(new byte[] {1}), e -> {
            assertThat(e.status()).isEqualTo(503);
            assertThat(e.code()).isEqualTo("SlowDown");
        });
        assertFails(this::get, e -> assertThat(e.error()).isEqualTo(S3Error.NO_SUCH_KEY));
        put(new byte[] {2});
        assertThat(get()).containsExactly(2);
        assertThat(faults.calls())
                .extracting(Call::operation)
                .containsExactly(Operation.PUT, Operation.GET, Operation.PUT, Operation.GET);
    }

    @Test
    void aLostRequestDoesNothing() {
        faults.once(call -> call.is(Operation.PUT), new Fault.LoseRequest());

        assertFails(() -> put(new byte[] {1}), e -> assertThat(e.error()).isEqualTo(S3Error.NO_ANSWER));
        assertFails(this::get, e -> assertThat(e.error()).isEqualTo(S3Error.NO_SUCH_KEY));
    }

    @Test
    void aRequestWhoseAnswerIsLostHasItsEffect() {
        faults.once(call -> call.is(Operation.PUT, "file"), new Fault.LoseAnswer());

        assertFails(() -> put(new byte[] {1}), e -> assertThat(e.error()).isEqualTo(S3Error.NO_ANSWER));
        assertThat(get()).containsExactly(1);
    }

    @Test
    void aRepeatedRequestFindsItsOwnEffect() {
        faults.once(call -> call.is(Operation.PUT), new Fault.AnswerAsRepeated(412, "PreconditionFailed"));

        assertFails(() -> put(new byte[] {1}), e -> {
            assertThat(e.error()).isEqualTo(S3Error.PRECONDITION_FAILED);
            assertThat(e.attempts()).isGreaterThan(1);
        });
        assertThat(get()).containsExactly(1);
    }

    @Test
    void aBodyIsTruncated() {
        put(Bytes.random(1, 200_000));
        faults.once(call -> call.is(Operation.GET), new Fault.CutBody(100_000));
        ReceivedBytes received = new ReceivedBytes();

        assertFails(
                () -> store.get(GetRequest.of(FILE), received).join(),
                e -> assertThat(e.error()).isEqualTo(S3Error.NO_ANSWER));
        assertThat(received.bytes()).hasSize(100_000);
        assertThat(get()).hasSize(200_000);
    }

    @Test
    void anAnswerWithStatus200MayBeAnError() {
        String upload = store.createMultipartUpload(
                        new CreateMultipartUploadRequest(FILE, ObjectDescription.NONE, PartChecksums.NONE))
                .join()
                .uploadId();
        UploadedPart part = store.uploadPart(
                        new UploadPartRequest(FILE, upload, 1, null, null), RequestBody.of(new byte[] {1}))
                .join();
        CompleteMultipartUploadRequest complete =
                new CompleteMultipartUploadRequest(FILE, upload, List.of(part), Precondition.NONE, null);
        faults.once(call -> call.is(Operation.COMPLETE_MULTIPART_UPLOAD), new Fault.ErrorInAnswer("InternalError"));

        assertFails(() -> store.completeMultipartUpload(complete).join(), e -> {
            assertThat(e.status()).isEqualTo(200);
            assertThat(e.code()).isEqualTo("InternalError");
        });
        store.completeMultipartUpload(complete).join();
        assertThat(get()).containsExactly(1);
    }

    @Test
    void aHeldRequestContinuesWhenItIsReleased() {
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        put(new byte[] {1});
        faults.once(call -> call.is(Operation.HEAD), new Fault.Hold(gate));
        var head = store.head(HeadRequest.of(FILE));
        put(new byte[] {1, 2});
        assertThat(head).isNotDone();

        gate.complete(null);

        assertThat(head.join().size()).isEqualTo(2);
    }

    @Test
    void aDelayedRequestIsAnswered() {
        put(new byte[] {1});
        faults.always(call -> call.is(Operation.GET), new Fault.Delay(Duration.ofMillis(5)));

        assertThat(get()).containsExactly(1);
        faults.heal();
        assertThat(get()).containsExactly(1);
    }
}

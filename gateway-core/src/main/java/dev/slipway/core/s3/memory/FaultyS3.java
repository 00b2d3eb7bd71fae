package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.CompleteMultipartUploadRequest;
import dev.slipway.core.s3.CopyRequest;
import dev.slipway.core.s3.CopyResult;
import dev.slipway.core.s3.CreateMultipartUploadRequest;
import dev.slipway.core.s3.CreatedMultipartUpload;
import dev.slipway.core.s3.DeleteManyRequest;
import dev.slipway.core.s3.DeleteResult;
import dev.slipway.core.s3.Done;
import dev.slipway.core.s3.GetRequest;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ListMultipartUploadsRequest;
import dev.slipway.core.s3.ListPage;
import dev.slipway.core.s3.ListPartsRequest;
import dev.slipway.core.s3.ListRequest;
import dev.slipway.core.s3.MultipartUploadPage;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.PartPage;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadPartCopyRequest;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoredVersion;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store's operations with {@link Faults}. Without faults, calls pass unchanged. */
public final class FaultyS3 implements S3Operations {
    private final S3Operations store;
    private final Faults faults;

    /**
     * Several instances may share their faults.
     *
     * @param store closed with this
     */
    public FaultyS3(S3Operations store, Faults faults) {
        this.store = store;
        this.faults = faults;
    }

    private <T> CompletableFuture<T> pass(
            Operation operation, String bucket, String key, long bytes, Supplier<CompletableFuture<T>> send) {
        return pass(new Call(operation, bucket, key, bytes), _ -> send.get());
    }

    /** @param send receives the fault that cuts its body, if there is one */
    private <T> CompletableFuture<T> pass(Call call, Function<Fault.@Nullable CutBody, CompletableFuture<T>> send) {
        return switch (faults.of(call)) {
            case null -> send.apply(null);
            case Fault.Refuse refuse -> failed(S3Exception.answer(refuse.status(), refuse.code(), "by fault"));
            case Fault.LoseRequest _ -> failed(S3Exception.noAnswer("the request was lost", null));
            case Fault.LoseAnswer _ ->
                send.apply(null)
                        .handle((_, _) -> S3Exception.noAnswer("the answer was lost", null))
                        .thenCompose(FaultyS3::<T>failed);
            case Fault.AnswerAsRepeated echo ->
                send.apply(null)
                        .handle((_, _) -> S3Exception.answer(echo.status(), echo.code(), "by fault", 2, null))
                        .thenCompose(FaultyS3::<T>failed);
            case Fault.ErrorInAnswer error -> failed(S3Exception.answer(200, error.code(), "by fault"));
            case Fault.CutBody cut -> send.apply(cut);
            case Fault.Delay delay ->
                after(
                        new CompletableFuture<@Nullable Void>()
                                .completeOnTimeout(null, delay.time().toNanos(), TimeUnit.NANOSECONDS),
                        () -> send.apply(null));
            case Fault.Hold hold -> after(hold.gate().copy(), () -> send.apply(null));
        };
    }

    private static <T> CompletableFuture<T> failed(S3Exception e) {
        return CompletableFuture.failedFuture(e);
    }

    private static <T> CompletableFuture<T> after(
            CompletableFuture<@Nullable Void> gate, Supplier<CompletableFuture<T>> send) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        var _ = gate.whenComplete((_, refused) -> {
            if (refused != null) {
                answer.completeExceptionally(refused);
                return;
            }
            if (answer.isDone()) {
                return;
            }
            CompletableFuture<T> sent = send.get();
            var _ = answer.whenComplete((_, _) -> {
                if (answer.isCancelled()) {
                    sent.cancel(true);
                }
            });
            var _ = sent.whenComplete((value, thrown) -> {
                if (thrown == null) {
                    answer.complete(value);
                } else {
                    answer.completeExceptionally(thrown);
                }
            });
        });
        return answer;
    }

    private <T> CompletableFuture<T> pass(Operation operation, ObjectKey key, Supplier<CompletableFuture<T>> send) {
        return pass(operation, key.bucket(), key.key(), 0, send);
    }

    private <T> CompletableFuture<T> pass(
            Operation operation, ObjectKey key, RequestBody body, Supplier<CompletableFuture<T>> send) {
        return pass(operation, key.bucket(), key.key(), body.bytes(), send);
    }

    @Override
    public CompletableFuture<ObjectHead> head(HeadRequest request) {
        return pass(Operation.HEAD, request.key(), () -> store.head(request));
    }

    @Override
    public CompletableFuture<ListPage> list(ListRequest request) {
        return pass(Operation.LIST, request.bucket(), request.prefix(), 0, () -> store.list(request));
    }

    @Override
    public CompletableFuture<ObjectHead> get(GetRequest request, BodyReceiver receiver) {
        Call call = new Call(
                Operation.GET,
                request.key().bucket(),
                request.key().key(),
                request.range() == null ? 0 : request.range().length());
        return pass(
                call, cut -> store.get(request, new Receiver(receiver, cut == null ? Long.MAX_VALUE : cut.bytes())));
    }

    /** Counts the bytes received, and passes on at most a given number of them. */
    private final class Receiver implements BodyReceiver {
        private final BodyReceiver receiver;
        private long left;

        Receiver(BodyReceiver receiver, long bytes) {
            this.receiver = receiver;
            this.left = bytes;
        }

        @Override
        public boolean begin(ObjectHead head) {
            return receiver.begin(head);
        }

        @Override
        public void receive(ByteBuffer data) {
            boolean cut = data.remaining() > left;
            if (cut) {
                data.limit(data.position() + (int) left);
            }
            left -= data.remaining();
            faults.received(data.remaining());
            if (data.hasRemaining()) {
                receiver.receive(data);
            }
            if (cut) {
                throw S3Exception.noAnswer("the connection broke within the body", null);
            }
        }
    }

    @Override
    public CompletableFuture<Map<String, String>> tags(ObjectKey key) {
        return pass(Operation.TAGS, key, () -> store.tags(key));
    }

    @Override
    public CompletableFuture<Done> putTags(ObjectKey key, Map<String, String> tags) {
        return pass(Operation.PUT_TAGS, key, () -> store.putTags(key, tags));
    }

    @Override
    public CompletableFuture<StoredVersion> put(PutRequest request, RequestBody body) {
        return pass(Operation.PUT, request.key(), body, () -> store.put(request, body));
    }

    @Override
    public CompletableFuture<CreatedMultipartUpload> createMultipartUpload(CreateMultipartUploadRequest request) {
        return pass(Operation.CREATE_MULTIPART_UPLOAD, request.key(), () -> store.createMultipartUpload(request));
    }

    @Override
    public CompletableFuture<UploadedPart> uploadPart(UploadPartRequest request, RequestBody body) {
        return pass(Operation.UPLOAD_PART, request.key(), body, () -> store.uploadPart(request, body));
    }

    @Override
    public CompletableFuture<UploadedPart> uploadPartCopy(UploadPartCopyRequest request) {
        return pass(
                Operation.UPLOAD_PART_COPY,
                request.to().bucket(),
                request.to().key(),
                request.range().length(),
                () -> store.uploadPartCopy(request));
    }

    @Override
    public CompletableFuture<StoredVersion> completeMultipartUpload(CompleteMultipartUploadRequest request) {
        return pass(Operation.COMPLETE_MULTIPART_UPLOAD, request.key(), () -> store.completeMultipartUpload(request));
    }

    @Override
    public CompletableFuture<Done> abortMultipartUpload(ObjectKey key, String uploadId) {
        return pass(Operation.ABORT_MULTIPART_UPLOAD, key, () -> store.abortMultipartUpload(key, uploadId));
    }

    @Override
    public CompletableFuture<PartPage> listParts(ListPartsRequest request) {
        return pass(Operation.LIST_PARTS, request.key(), () -> store.listParts(request));
    }

    @Override
    public CompletableFuture<MultipartUploadPage> listMultipartUploads(ListMultipartUploadsRequest request) {
        return pass(
                Operation.LIST_MULTIPART_UPLOADS,
                request.bucket(),
                request.prefix(),
                0,
                () -> store.listMultipartUploads(request));
    }

    @Override
    public CompletableFuture<CopyResult> copy(CopyRequest request) {
        return pass(Operation.COPY, request.to(), () -> store.copy(request));
    }

    @Override
    public CompletableFuture<Done> delete(ObjectKey key, @Nullable String ifMatch) {
        return pass(Operation.DELETE, key, () -> store.delete(key, ifMatch));
    }

    @Override
    public CompletableFuture<DeleteResult> deleteMany(DeleteManyRequest request) {
        return pass(Operation.DELETE_MANY, request.bucket(), "", 0, () -> store.deleteMany(request));
    }

    @Override
    public void close() {
        store.close();
    }
}

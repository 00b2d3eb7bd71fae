package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operations of S3's API that Slipway uses, each as S3 defines it
 * (<a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html">S3, API
 * operations</a>). Consistency is S3's: what an operation has confirmed, every later one sees.
 *
 * <p>No method blocks, and all may be called from any thread. A future fails with an {@link S3Exception}, or with a
 * {@link java.util.concurrent.CancellationException} if the caller cancelled it, which also ends the request. Actions that
 * are chained to a future run on a thread of the implementation and must not block. An implementation may repeat a request
 * whose answer was lost; {@link S3Exception#attempts()} tells.
 */
public interface S3Operations extends AutoCloseable {
    /** HeadObject. */
    CompletableFuture<ObjectHead> head(HeadRequest request);

    /** ListObjectsV2. */
    CompletableFuture<ListPage> list(ListRequest request);

    /**
     * GetObject. The bytes that were asked for, as far as the object has them, go to the receiver once and in order, also
     * where the request has to be repeated. Anything else than those bytes fails: another version met by a repeated attempt
     * as {@link S3Error#PRECONDITION_FAILED}, other bytes or fewer as {@link S3Error#DAMAGED}.
     *
     * @return ends when the receiver has had all bytes
     */
    CompletableFuture<ObjectHead> get(GetRequest request, BodyReceiver receiver);

    /** GetObjectTagging. */
    CompletableFuture<Map<String, String>> tags(ObjectKey key);

    /**
     * PutObject.
     *
     * @return the entity tag; empty where the store gave none
     */
    CompletableFuture<String> put(PutRequest request, RequestBody body);

    /** CreateMultipartUpload. */
    CompletableFuture<CreatedMultipartUpload> createMultipartUpload(CreateMultipartUploadRequest request);

    /** UploadPart. */
    CompletableFuture<UploadedPart> uploadPart(UploadPartRequest request, RequestBody body);

    /** UploadPartCopy. */
    CompletableFuture<UploadedPart> uploadPartCopy(UploadPartCopyRequest request);

    /**
     * CompleteMultipartUpload. An error that S3 gives inside of an answer with status 200 is a failure like any other.
     *
     * @return the entity tag; empty where the store gave none
     */
    CompletableFuture<String> completeMultipartUpload(CompleteMultipartUploadRequest request);

    /** AbortMultipartUpload. */
    CompletableFuture<Done> abortMultipartUpload(ObjectKey key, String uploadId);

    /** ListParts. */
    CompletableFuture<PartPage> listParts(ListPartsRequest request);

    /** ListMultipartUploads. */
    CompletableFuture<MultipartUploadPage> listMultipartUploads(ListMultipartUploadsRequest request);

    /** CopyObject; the target gets what describes the source, as S3's directive COPY has it. */
    CompletableFuture<CopyResult> copy(CopyRequest request);

    /**
     * DeleteObject. A key without an object is no error, unless a condition asks for one: then stores differ.
     *
     * @param ifMatch the entity tag of the only version to delete; null for any. Many stores ignore it
     */
    CompletableFuture<Done> delete(ObjectKey key, @Nullable String ifMatch);

    /** DeleteObjects. Keys that were refused are part of the result; only a request that failed as a whole fails. */
    CompletableFuture<DeleteResult> deleteMany(DeleteManyRequest request);

    /** Disconnects, which fails what is under way. May block for some seconds. */
    @Override
    void close();
}

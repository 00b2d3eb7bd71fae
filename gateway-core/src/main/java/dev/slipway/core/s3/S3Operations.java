package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoredVersion;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operations of S3's API that Slipway uses, each as S3 defines it (<a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html">S3, API
 * operations</a>). Consistency is S3's: once an operation is confirmed, all later ones see its effect.
 *
 * <p>No method blocks. Thread-safe. A future fails with an {@link S3Exception}, or with a {@link
 * java.util.concurrent.CancellationException} if the caller cancelled it, which also ends the request. Actions that are
 * chained to a future run on a thread of the implementation and must not block. An implementation may repeat a request
 * whose answer was lost; see {@link S3Exception#attempts()}.
 */
public interface S3Operations extends AutoCloseable {
    /** HeadObject. */
    CompletableFuture<ObjectHead> head(HeadRequest request);

    /** ListObjectsV2. */
    CompletableFuture<ListPage> list(ListRequest request);

    /**
     * GetObject. The receiver gets the requested bytes, as far as the object has them, once and in order, even if the
     * request is repeated. Anything else fails: another version, found by a repeated attempt, as {@link
     * S3Error#PRECONDITION_FAILED}; other or fewer bytes as {@link S3Error#DAMAGED}.
     *
     * @return completes when the receiver has had all bytes
     */
    CompletableFuture<ObjectHead> get(GetRequest request, BodyReceiver receiver);

    /** GetObjectTagging. */
    CompletableFuture<Map<String, String>> tags(ObjectKey key);

    /**
     * PutObjectTagging. S3 allows 10 tags, with keys of at most 128 and values of at most 256 characters.
     *
     * @param tags all tags that it has afterwards
     */
    CompletableFuture<Done> putTags(ObjectKey key, Map<String, String> tags);

    /**
     * PutObject.
     *
     * @return the version that was written
     */
    CompletableFuture<StoredVersion> put(PutRequest request, RequestBody body);

    /** CreateMultipartUpload. */
    CompletableFuture<CreatedMultipartUpload> createMultipartUpload(CreateMultipartUploadRequest request);

    /** UploadPart. */
    CompletableFuture<UploadedPart> uploadPart(UploadPartRequest request, RequestBody body);

    /** UploadPartCopy. */
    CompletableFuture<UploadedPart> uploadPartCopy(UploadPartCopyRequest request);

    /**
     * CompleteMultipartUpload. An error in an answer with status 200, as S3 may send it, fails like any other.
     *
     * @return the version that was written
     */
    CompletableFuture<StoredVersion> completeMultipartUpload(CompleteMultipartUploadRequest request);

    /** AbortMultipartUpload. */
    CompletableFuture<Done> abortMultipartUpload(ObjectKey key, String uploadId);

    /** ListParts. */
    CompletableFuture<PartPage> listParts(ListPartsRequest request);

    /** ListMultipartUploads. */
    CompletableFuture<MultipartUploadPage> listMultipartUploads(ListMultipartUploadsRequest request);

    /** CopyObject. The target gets the description of the source, as with S3's directive COPY. */
    CompletableFuture<CopyResult> copy(CopyRequest request);

    /**
     * DeleteObject. A key without an object is no error; with {@code ifMatch}, stores differ.
     *
     * @param ifMatch the ETag of the only version to delete; null for any. Many stores ignore it
     */
    CompletableFuture<Done> delete(ObjectKey key, @Nullable String ifMatch);

    /** DeleteObjects. Refused keys are part of the result; this fails only if the whole request does. */
    CompletableFuture<DeleteResult> deleteMany(DeleteManyRequest request);

    /** Disconnects, which fails all requests in progress. May block for some seconds. */
    @Override
    void close();
}

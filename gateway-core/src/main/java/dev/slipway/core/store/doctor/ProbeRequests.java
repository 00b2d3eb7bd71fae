package dev.slipway.core.store.doctor;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.CompleteMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.CreatedMultipartUpload;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ListMultipartUploadsRequest;
import dev.slipway.core.s3.ListPage;
import dev.slipway.core.s3.ListRequest;
import dev.slipway.core.s3.MultipartUploadPage;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.Settled;
import dev.slipway.core.store.requests.StoreFailures;
import dev.slipway.core.store.s3.BucketInspection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one probe, one after the other, to names below its prefix. Every request is awaited to its end, which
 * its time-outs bound: one that was abandoned could still be carried out after its traces were removed.
 */
final class ProbeRequests {
    /** S3's largest page. */
    static final int PAGE = 1000;

    private final BucketInspection inspection;
    private final S3Operations store;
    private final String bucket;
    private final String prefix;
    private final long deadline;
    private final ProbeTraces traces = new ProbeTraces();
    private boolean interrupted;

    /**
     * @param prefix of all keys that are written
     * @param limit after which no more checks should start
     */
    ProbeRequests(BucketInspection inspection, String bucket, String prefix, Duration limit) {
        this.inspection = inspection;
        this.store = inspection.operations();
        this.bucket = bucket;
        this.prefix = prefix;
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    BucketInspection inspection() {
        return inspection;
    }

    S3Operations store() {
        return store;
    }

    String bucket() {
        return bucket;
    }

    ProbeTraces traces() {
        return traces;
    }

    /** The full key of a name. */
    ObjectKey key(String name) {
        return new ObjectKey(bucket, prefix + name);
    }

    /** What the keys of all names start with. */
    String prefix() {
        return prefix;
    }

    /** Whether no more checks should start. */
    boolean isOver() {
        return interrupted || System.nanoTime() > deadline;
    }

    boolean wasInterrupted() {
        return interrupted;
    }

    /** Waits for a request to end, also if the thread is interrupted. */
    <T> T ask(CompletableFuture<T> request) throws StoreException {
        interrupted |= Settled.await(List.of(request), () -> {});
        return StoreFailures.await(request, "bucket " + bucket);
    }

    /** Writes an object; returns its ETag. */
    String put(String name, byte[] content) throws StoreException {
        return put(PutRequest.of(key(name)), content);
    }

    /** Writes an object below the prefix or, for a storage rule, elsewhere; returns its ETag. */
    String put(PutRequest request, byte[] content) throws StoreException {
        String key = request.key().key();
        boolean isNew = traces.addKey(key);
        try {
            return ask(store.put(request, RequestBody.of(content))).etag();
        } catch (StoreException e) {
            // A refused object does not exist; some stores fail to delete a name that they do not take.
            if (isNew && Refusals.isRejected(e)) {
                traces.removeKey(key);
            }
            throw e;
        }
    }

    /** Notes a key that a request is about to write. */
    ObjectKey written(String name) {
        ObjectKey key = key(name);
        traces.addKey(key.key());
        return key;
    }

    ObjectHead head(String name) throws StoreException {
        return ask(store.head(HeadRequest.of(key(name))));
    }

    boolean exists(String name) throws StoreException {
        try {
            head(name);
            return true;
        } catch (StoreException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    void delete(String name) throws StoreException {
        var _ = ask(store.delete(key(name), null));
    }

    ListPage list(String name, @Nullable String continuation, int limit) throws StoreException {
        return listBucket(prefix + name, continuation, limit);
    }

    /** Lists all keys of the bucket that start with a prefix, not only those of this probe. */
    ListPage listBucket(String keyPrefix, @Nullable String continuation, int limit) throws StoreException {
        return ask(store.list(new ListRequest(bucket, keyPrefix, false, null, continuation, limit)));
    }

    /** The first page of the unfinished uploads whose keys start with a prefix. */
    MultipartUploadPage listUploads(String keyPrefix) throws StoreException {
        return ask(store.listMultipartUploads(new ListMultipartUploadsRequest(bucket, keyPrefix, null)));
    }

    CreatedMultipartUpload createUpload(String name, PartChecksums checksums) throws StoreException {
        ObjectKey key = key(name);
        traces.addMultipartKey(key.key());
        CreatedMultipartUpload created = ask(
                store.createMultipartUpload(new CreateMultipartUploadRequest(key, ObjectDescription.NONE, checksums)));
        traces.addUpload(key.key(), created.uploadId());
        return created;
    }

    /** @param crc32 of the bytes, in Base64; null to send none */
    UploadedPart uploadPart(String name, String uploadId, int number, byte[] bytes, @Nullable String crc32)
            throws StoreException {
        return ask(store.uploadPart(
                new UploadPartRequest(key(name), uploadId, number, crc32, null), RequestBody.of(bytes)));
    }

    /** @param crc32 of the whole object, in Base64; null to send none */
    void complete(
            String name, String uploadId, List<UploadedPart> parts, @Nullable String crc32, Precondition condition)
            throws StoreException {
        var _ = ask(store.completeMultipartUpload(
                new CompleteMultipartUploadRequest(written(name), uploadId, parts, condition, crc32)));
    }

    void abort(String name, String uploadId) throws StoreException {
        var _ = ask(store.abortMultipartUpload(key(name), uploadId));
    }
}

package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.MultipartUpload.CreatedUpload;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectTaggingRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.StorageClass;
import software.amazon.awssdk.services.s3.model.Tagging;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;

/**
 * Copies objects without their bytes passing through here: small ones in one call, larger ones in parts.
 *
 * <p>One call could copy 5 GiB. But a store that copies slowly says nothing until it is done, and silence is how a dead
 * store is recognised: copies have a time-out of their own (5 minutes by default), and one call is asked to copy no more
 * than even a slow disk does in that time.
 *
 * <p>A copy in parts keeps what CopyObject keeps: the user's metadata, the headers that describe the content, tags.
 * Storage class, encryption and ACL neither of them keeps. What the rule of the target's place asks for is added by
 * {@link PlacedRequests}. Within one place an object stays in the class that it has, whatever the rule says for new ones.
 * Where there is no rule, class and encryption are asked for again; encryption only within one bucket, since another
 * bucket has its own rules and keys.
 */
final class ServerSideCopies {
    private static final Logger log = LoggerFactory.getLogger(ServerSideCopies.class);

    /** What one CopyObject is asked to copy: 256 MiB in 5 minutes is 0.9 MB/s. */
    static final long ONE_CALL_BYTES = 256L << 20;

    /** The size of the parts of larger copies. As many as are in flight together are copied in that time at 1.8 MB/s. */
    static final long PART_BYTES = 64L << 20;

    /** What one CopyObject can copy where the store cannot copy in parts. */
    private static final long LARGEST_CALL_BYTES = 5L << 30;

    private final S3AsyncClient client;
    private final S3AsyncClient patient;
    private final ObjectHeads heads;
    private final RefusedExtras refused;
    private final StoreRequests requests;
    private final StorageRules rules;
    private final long oneCallBytes;
    private final long partBytes;
    private final AtomicBoolean refusesParts = new AtomicBoolean();
    private final AtomicBoolean refusesTags = new AtomicBoolean();

    /** @param patient for the requests that copy: one that takes a longer silence for work */
    ServerSideCopies(
            S3AsyncClient client,
            S3AsyncClient patient,
            ObjectHeads heads,
            RefusedExtras refused,
            StoreRequests requests,
            StorageRules rules,
            long oneCallBytes,
            long partBytes) {
        this.client = client;
        this.patient = patient;
        this.heads = heads;
        this.refused = refused;
        this.requests = requests;
        this.rules = rules;
        this.oneCallBytes = oneCallBytes;
        this.partBytes = partBytes;
    }

    /**
     * Copies a version. Blocks until the store has confirmed it.
     *
     * @throws StoreException {@link Failure#CONFLICT} if the source is another version by now, or if the condition on the
     *     target does not hold; {@link Failure#ARCHIVED} if the source has to be restored first;
     *     {@link Failure#UNSUPPORTED} if source and target belong to different roles, and that of the target may not read
     *     the source
     */
    ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        try {
            return copyAsOwner(from, to, condition);
        } catch (StoreException e) {
            boolean oneOwner =
                    Objects.equals(rules.of(from.key()).role(), rules.of(to).role());
            if (oneOwner || e.failure() != Failure.PERMISSION_DENIED) {
                throw e;
            }
            log.warn("{}: one role has to read there and to write here, and may not", e.getMessage());
            throw new StoreException(
                    Failure.UNSUPPORTED, e.getMessage() + ": the role of the target may not read the source", e);
        }
    }

    private ObjectInfo copyAsOwner(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        String what = "COPY " + from.key() + " to " + to;
        HeadObjectResponse source = head(from, what);
        PartsRefusedException refusal = null;
        if (from.size() > oneCallBytes && source != null && !refusesParts.get()) {
            try {
                return copyInParts(from, source, to, condition, what);
            } catch (PartsRefusedException e) {
                refusal = e;
            }
        }
        if (from.size() > LARGEST_CALL_BYTES) {
            throw new StoreException(
                    Failure.UNSUPPORTED,
                    what + ": the store cannot copy in parts, and one call copies 5 GiB at most",
                    refusal);
        }
        ObjectInfo copy = copyInOneCall(from, source, to, condition, what);
        if (refusal != null && refusesParts.compareAndSet(false, true)) {
            log.warn("The store cannot copy in parts; large objects are copied in one call ({})", refusal.getMessage());
        }
        return copy;
    }

    /**
     * What a version is stored with beside its bytes.
     *
     * @throws StoreException {@link Failure#CONFLICT} if it is another version by now
     */
    KeptAttributes attributes(ObjectInfo version) throws StoreException {
        String what = "HEAD " + version.key();
        HeadObjectResponse head;
        try {
            head = head(version, what);
        } catch (StoreException e) {
            throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.CONFLICT, e.getMessage(), e) : e;
        }
        if (head == null) {
            throw new StoreException(Failure.PERMISSION_DENIED, what + ": what it is stored with cannot be seen");
        }
        Tagging tags = tags(version, what);
        return new KeptAttributes(head, tags.hasTagSet() && !tags.tagSet().isEmpty() ? tags : null);
    }

    /** What the source is stored with; null where the store lets it be read but not looked at. */
    private @Nullable HeadObjectResponse head(ObjectInfo from, String what) throws StoreException {
        HeadObjectResponse source;
        try {
            source = S3Failures.await(
                    client.headObject(HeadObjectRequest.builder()
                            .bucket(from.key().bucket())
                            .key(from.key().key())
                            .ifMatch(etag(from))
                            .build()),
                    what);
        } catch (StoreException e) {
            if (e.failure() == Failure.PERMISSION_DENIED) {
                return null;
            }
            throw e;
        }
        if (etag(from) == null && !Long.valueOf(from.size()).equals(source.contentLength())) {
            throw new StoreException(Failure.CONFLICT, what + ": the source was changed");
        }
        return source;
    }

    /** The entity tag to compare with, or null where the store gave none. */
    private static @Nullable String etag(ObjectInfo version) {
        return version.etag().isEmpty() ? null : version.etag();
    }

    private ObjectInfo copyInOneCall(
            ObjectInfo from, @Nullable HeadObjectResponse source, ObjectKey to, WriteCondition condition, String what)
            throws StoreException {
        CopyObjectRequest.Builder request = CopyObjectRequest.builder()
                .sourceBucket(from.key().bucket())
                .sourceKey(from.key().key())
                .destinationBucket(to.bucket())
                .destinationKey(to.key())
                .copySourceIfMatch(etag(from));
        if (source != null) {
            request.storageClass(storageClass(from, source, to));
            if (isSameBucket(from, to)) {
                request.serverSideEncryption(source.serverSideEncryptionAsString())
                        .ssekmsKeyId(source.ssekmsKeyId())
                        .bucketKeyEnabled(source.bucketKeyEnabled());
            }
        }
        Set<Extra> wanted =
                StoreRequests.isSent(condition) ? EnumSet.of(Extra.COPY_CONDITION) : EnumSet.noneOf(Extra.class);
        heads.require(condition, to);
        CopyObjectResponse response = S3Failures.await(
                refused.send(
                        wanted,
                        extras -> patient.copyObject(
                                extras.isEmpty()
                                        ? request.build()
                                        : request.copy()
                                                .ifNoneMatch(StoreRequests.ifNoneMatch(condition))
                                                .ifMatch(StoreRequests.ifMatch(condition))
                                                .build())),
                what);
        var result = response.copyObjectResult();
        if (result == null
                || result.lastModified() == null
                || ObjectHeads.etag(result.eTag()).isEmpty()) {
            return stored(to, what);
        }
        return new ObjectInfo(to, from.size(), result.eTag(), result.lastModified());
    }

    private ObjectInfo stored(ObjectKey to, String what) throws StoreException {
        return heads.head(to).orElseThrow(() -> new StoreException(Failure.CONFLICT, what + ": the copy is gone"));
    }

    private static boolean isSameBucket(ObjectInfo from, ObjectKey to) {
        return from.key().bucket().equals(to.bucket());
    }

    /** The class to ask for, or null for that of the target's rule or, without one, the store's usual one. */
    private @Nullable String storageClass(ObjectInfo from, HeadObjectResponse source, ObjectKey to) {
        String name = source.storageClassAsString();
        boolean isUsual = name == null || name.equals(StorageClass.STANDARD.toString());
        if (rules.of(to).storageClass() != null) {
            // A HEAD does not name the usual class.
            return !rules.isOnePlace(from.key(), to) ? null : isUsual ? StorageClass.STANDARD.toString() : name;
        }
        if (isUsual) {
            return null;
        }
        // Some classes belong to a kind of bucket.
        return !isSameBucket(from, to)
                        && Set.of("EXPRESS_ONEZONE", "OUTPOSTS", "SNOW").contains(name)
                ? null
                : name;
    }

    /** The store does not know UploadPartCopy. */
    private static final class PartsRefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        PartsRefusedException(Throwable cause) {
            super(cause);
        }
    }

    private ObjectInfo copyInParts(
            ObjectInfo from, HeadObjectResponse source, ObjectKey to, WriteCondition condition, String what)
            throws StoreException, PartsRefusedException {
        CreateMultipartUploadRequest.Builder request = CreateMultipartUploadRequest.builder()
                .bucket(to.bucket())
                .key(to.key())
                .metadata(source.metadata())
                .contentType(source.contentType())
                .contentEncoding(source.contentEncoding())
                .contentDisposition(source.contentDisposition())
                .contentLanguage(source.contentLanguage())
                .cacheControl(source.cacheControl())
                .storageClass(storageClass(from, source, to));
        if (isSameBucket(from, to)) {
            request.serverSideEncryption(source.serverSideEncryptionAsString())
                    .ssekmsKeyId(source.ssekmsKeyId())
                    .bucketKeyEnabled(source.bucketKeyEnabled());
        }
        Tagging tags = tags(from, what);
        if (tags.hasTagSet() && !tags.tagSet().isEmpty()) {
            request.tagging(tags);
        }
        CreatedUpload upload = create(request.build(), what);
        boolean stored = false;
        try {
            List<CompletedPart> copied = copyParts(from, to, upload, what);
            requests.complete(to, upload, copied, from.size(), null, condition);
            stored = true;
        } finally {
            if (!stored) {
                requests.abort(to, upload);
            }
        }
        return stored(to, what);
    }

    /** Does not leave before it is known whether there is an upload to abort. */
    private CreatedUpload create(CreateMultipartUploadRequest request, String what) throws StoreException {
        CompletableFuture<CreatedUpload> creation = requests.create(request);
        boolean interrupted = Settled.await(List.of(creation), () -> {});
        CreatedUpload created = S3Failures.await(creation, what);
        if (interrupted) {
            requests.abort(new ObjectKey(request.bucket(), request.key()), created);
            throw interrupted(what);
        }
        return created;
    }

    private static StoreException interrupted(String what) {
        Thread.currentThread().interrupt();
        return new StoreException(Failure.ABORTED, what + ": interrupted");
    }

    /** The tags of the source; none where the store has none, or does not show them. */
    private Tagging tags(ObjectInfo from, String what) throws StoreException {
        Tagging none = Tagging.builder().build();
        if (refusesTags.get()) {
            return none;
        }
        try {
            return Tagging.builder()
                    .tagSet(S3Failures.await(
                                    client.getObjectTagging(GetObjectTaggingRequest.builder()
                                            .bucket(from.key().bucket())
                                            .key(from.key().key())
                                            .build()),
                                    what)
                            .tagSet())
                    .build();
        } catch (StoreException e) {
            if (e.failure() != Failure.NOT_FOUND
                    && e.failure() != Failure.PERMISSION_DENIED
                    && !S3Failures.isRefusal(e)) {
                throw e;
            }
            if (e.failure() != Failure.NOT_FOUND && refusesTags.compareAndSet(false, true)) {
                log.warn("Tags cannot be read; objects that are copied in parts lose them ({})", e.getMessage());
            }
            return none;
        }
    }

    private List<CompletedPart> copyParts(ObjectInfo from, ObjectKey to, CreatedUpload upload, String what)
            throws StoreException, PartsRefusedException {
        long part = Math.max(partBytes, from.size() / PartSizes.MAX_PARTS + 1);
        AtomicBoolean gaveUp = new AtomicBoolean();
        List<CompletableFuture<CompletedPart>> copies = new ArrayList<>();
        int number = 1;
        for (long offset = 0; offset < from.size(); offset += part, number++) {
            UploadPartCopyRequest request = UploadPartCopyRequest.builder()
                    .sourceBucket(from.key().bucket())
                    .sourceKey(from.key().key())
                    .copySourceIfMatch(etag(from))
                    .copySourceRange("bytes=" + offset + "-" + (Math.min(from.size(), offset + part) - 1))
                    .destinationBucket(to.bucket())
                    .destinationKey(to.key())
                    .uploadId(upload.uploadId())
                    .partNumber(number)
                    .build();
            copies.add(requests.copyPart(request, gaveUp::get).whenComplete((_, thrown) -> {
                if (thrown != null) {
                    gaveUp.set(true);
                }
            }));
        }
        boolean interrupted = Settled.await(copies, () -> gaveUp.set(true));
        if (interrupted) {
            throw interrupted(what);
        }
        List<CompletedPart> copied = new ArrayList<>();
        for (CompletableFuture<CompletedPart> copy : copies) {
            if (!copy.isCompletedExceptionally()) {
                copied.add(copy.join());
            } else if (!(copy.exceptionNow() instanceof CancellationException)) {
                throw partFailed(copy.exceptionNow(), what);
            }
        }
        return copied;
    }

    private static StoreException partFailed(Throwable thrown, String what) throws PartsRefusedException {
        if (S3Failures.isRefusal(thrown)) {
            throw new PartsRefusedException(thrown);
        }
        StoreException failure = S3Failures.of(thrown, what);
        // An upload that vanished is not a missing file to the client.
        return S3Failures.code(failure).equals("NoSuchUpload")
                ? new StoreException(Failure.UNAVAILABLE, failure.getMessage(), failure)
                : failure;
    }
}

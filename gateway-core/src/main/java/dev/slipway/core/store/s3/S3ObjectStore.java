package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.PendingUpload;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.WriteSlot;
import dev.slipway.core.store.s3.MultipartUpload.CreatedUpload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** The production {@link ObjectStore}: any store that speaks the S3 API, through the AWS SDK's asynchronous client. */
public final class S3ObjectStore implements ObjectStore {
    private static final Logger log = LoggerFactory.getLogger(S3ObjectStore.class);

    /** The most that one CopyObject copies. */
    private static final long COPY_LIMIT_BYTES = 5L << 30;

    /** The size of the parts of a multipart copy: no bytes pass through here, so they may be large. */
    private static final long COPY_PART_BYTES = 512L << 20;

    private static final int COPY_PARTS_IN_FLIGHT = 8;

    /**
     * Parts that are on their way at once. As many saturate a fast network; more would only make each of them slower, and
     * some of them much slower than others.
     */
    private static final int PARTS_IN_FLIGHT = 32;

    private static final int DELETE_BATCH = 1000;
    private static final int SHUTDOWN_SECONDS = 5;

    private final SdkEventLoopGroup eventLoops = SdkEventLoopGroup.builder().build();
    private final S3AsyncClient client;
    private final S3Settings settings;
    private final PartPool parts;
    private final PartPool readAhead;
    private final PartSizes sizes;
    private final UploadJournal journal;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final FairLimit partsInFlight = new FairLimit(PARTS_IN_FLIGHT);
    private final Requests requests = new Requests();
    private final Duration admissionWait = Duration.ofSeconds(30);
    private final long copyLimit;
    private final long copyPart;

    /**
     * Connects lazily: no request is made here.
     *
     * @param parts memory for uploads; its budget decides the largest object
     * @param partBytes the size of an upload's first parts in bytes, 5 MiB to a quarter of the budget
     * @param readAhead memory for downloads
     */
    public S3ObjectStore(
            S3Settings settings, PartPool parts, long partBytes, PartPool readAhead, UploadJournal journal) {
        this(settings, parts, partBytes, readAhead, journal, COPY_LIMIT_BYTES, COPY_PART_BYTES);
    }

    /** With other limits for copies, so that tests need no objects of 5 GiB. */
    S3ObjectStore(
            S3Settings settings,
            PartPool parts,
            long partBytes,
            PartPool readAhead,
            UploadJournal journal,
            long copyLimit,
            long copyPart) {
        if (partBytes < PartSizes.MIN_PART_BYTES || partBytes > parts.budgetBytes() / 4) {
            throw new IllegalArgumentException("the part size must be from 5 MiB to a quarter of the part memory ("
                    + parts.budgetBytes() / 4 + " bytes), but is " + partBytes);
        }
        this.settings = settings;
        this.client = S3Clients.create(settings, eventLoops);
        this.parts = parts;
        this.readAhead = readAhead;
        this.sizes = new PartSizes(partBytes, parts.budgetBytes() / 4, false);
        this.journal = journal;
        this.copyLimit = copyLimit;
        this.copyPart = copyPart;
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        String what = "HEAD " + key;
        try {
            HeadObjectResponse response = S3Failures.await(
                    client.headObject(HeadObjectRequest.builder()
                            .bucket(key.bucket())
                            .key(key.key())
                            .build()),
                    what);
            return Optional.of(info(key, response));
        } catch (StoreException e) {
            return switch (e.failure()) {
                case NOT_FOUND -> Optional.empty();
                case PERMISSION_DENIED -> headByGet(key);
                default -> throw e;
            };
        }
    }

    /** A HEAD that is refused carries no code; a GET of the same object says why. */
    private Optional<ObjectInfo> headByGet(ObjectKey key) throws StoreException {
        try {
            var response = S3Failures.await(
                    client.getObject(
                            GetObjectRequest.builder()
                                    .bucket(key.bucket())
                                    .key(key.key())
                                    .range("bytes=0-0")
                                    .build(),
                            AsyncResponseTransformer.toBytes()),
                    "GET " + key);
            String range = response.response().contentRange();
            long size = range == null
                    ? response.response().contentLength()
                    : Long.parseLong(range.substring(range.indexOf('/') + 1));
            return Optional.of(new ObjectInfo(
                    key,
                    size,
                    text(response.response().eTag()),
                    response.response().lastModified()));
        } catch (StoreException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static ObjectInfo info(ObjectKey key, HeadObjectResponse response) {
        return new ObjectInfo(
                key,
                response.contentLength() == null ? 0 : response.contentLength(),
                text(response.eTag()),
                response.lastModified() == null ? Instant.EPOCH : response.lastModified());
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    @Override
    public ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException {
        ListObjectsV2Request.Builder request = ListObjectsV2Request.builder()
                .bucket(bucket)
                .prefix(prefix)
                .maxKeys(limit)
                // Keys may hold characters that XML cannot; the SDK decodes what comes back.
                .encodingType(EncodingType.URL)
                .continuationToken(cursor);
        if (delimited) {
            request.delimiter("/");
        }
        String what = "LIST s3://" + bucket + "/" + prefix;
        ListObjectsV2Response response;
        try {
            response = S3Failures.await(client.listObjectsV2(request.build()), what);
        } catch (StoreException e) {
            // A prefix without keys is an empty listing: a 404 comes from something that is not the bucket.
            throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.UNAVAILABLE, e.getMessage(), e) : e;
        }
        List<ObjectInfo> objects = new ArrayList<>(response.contents().size());
        for (var object : response.contents()) {
            objects.add(new ObjectInfo(
                    new ObjectKey(bucket, object.key()),
                    object.size() == null ? 0 : object.size(),
                    text(object.eTag()),
                    object.lastModified() == null ? Instant.EPOCH : object.lastModified()));
        }
        List<String> prefixes = response.commonPrefixes().stream()
                .map(common -> common.prefix())
                .toList();
        boolean more = Boolean.TRUE.equals(response.isTruncated());
        if (more && response.nextContinuationToken() == null) {
            throw new StoreException(Failure.UNAVAILABLE, what + ": truncated, but without a token");
        }
        return new ObjectPage(objects, prefixes, more ? response.nextContinuationToken() : null);
    }

    @Override
    public ObjectReader read(ObjectInfo version, long offset) throws StoreException {
        if (offset < 0 || offset > version.size()) {
            throw new IllegalArgumentException("offset " + offset + " is outside of 0.." + version.size());
        }
        WriteSlot slot = readAhead.admit(RangedReader.FIRST_RANGE_BYTES, admissionWait);
        return new RangedReader(client, version, offset, slot);
    }

    @Override
    public ObjectWriter write(ObjectKey key, ObjectAttributes attributes, Duration wait) throws StoreException {
        WriteSlot slot = parts.admit(sizes.bytes(1), wait);
        return new MultipartUpload(key, attributes, requests, parts, sizes, slot);
    }

    @Override
    public void putMarker(ObjectKey key) throws StoreException {
        requests.put(key, ObjectAttributes.NONE, new TrackedBody(List.of()), 0, 0, WriteCondition.ALWAYS);
    }

    @Override
    public ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        String what = "COPY " + from.key() + " to " + to;
        if (from.size() > copyLimit) {
            return copyInParts(from, to, condition, what);
        }
        CopyObjectRequest.Builder request = CopyObjectRequest.builder()
                .sourceBucket(from.key().bucket())
                .sourceKey(from.key().key())
                .destinationBucket(to.bucket())
                .destinationKey(to.key());
        if (!from.etag().isEmpty()) {
            request.copySourceIfMatch(from.etag());
        }
        checkBefore(condition, to);
        CopyObjectResponse response = S3Failures.await(client.copyObject(request.build()), what);
        var result = response.copyObjectResult();
        if (result == null || result.lastModified() == null || result.eTag() == null) {
            return head(to).orElseThrow(() -> new StoreException(Failure.CONFLICT, what + ": the copy is gone"));
        }
        return new ObjectInfo(to, from.size(), result.eTag(), result.lastModified());
    }

    private ObjectInfo copyInParts(ObjectInfo from, ObjectKey to, WriteCondition condition, String what)
            throws StoreException {
        HeadObjectResponse source = S3Failures.await(
                client.headObject(HeadObjectRequest.builder()
                        .bucket(from.key().bucket())
                        .key(from.key().key())
                        .ifMatch(from.etag())
                        .build()),
                what);
        CreatedUpload upload = S3Failures.await(
                requests.create(CreateMultipartUploadRequest.builder()
                        .bucket(to.bucket())
                        .key(to.key())
                        .metadata(source.metadata())
                        .contentType(source.contentType())
                        .contentEncoding(source.contentEncoding())
                        .contentDisposition(source.contentDisposition())
                        .contentLanguage(source.contentLanguage())
                        .cacheControl(source.cacheControl())
                        .build()),
                what);
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
        return head(to).orElseThrow(() -> new StoreException(Failure.CONFLICT, what + ": the copy is gone"));
    }

    private List<CompletedPart> copyParts(ObjectInfo from, ObjectKey to, CreatedUpload upload, String what)
            throws StoreException {
        long part = Math.max(copyPart, from.size() / PartSizes.MAX_PARTS + 1);
        Semaphore places = new Semaphore(COPY_PARTS_IN_FLIGHT);
        List<CompletableFuture<CompletedPart>> inFlight = new ArrayList<>();
        StoreException failure = null;
        int number = 1;
        for (long offset = 0; offset < from.size() && failure == null; offset += part, number++) {
            int partNumber = number;
            long last = Math.min(from.size(), offset + part) - 1;
            places.acquireUninterruptibly();
            CompletableFuture<CompletedPart> copy = client.uploadPartCopy(UploadPartCopyRequest.builder()
                            .sourceBucket(from.key().bucket())
                            .sourceKey(from.key().key())
                            .copySourceIfMatch(from.etag().isEmpty() ? null : from.etag())
                            .copySourceRange("bytes=" + offset + "-" + last)
                            .destinationBucket(to.bucket())
                            .destinationKey(to.key())
                            .uploadId(upload.uploadId())
                            .partNumber(partNumber)
                            .build())
                    .thenApply(response -> CompletedPart.builder()
                            .partNumber(partNumber)
                            .eTag(response.copyPartResult().eTag())
                            .checksumCRC32(response.copyPartResult().checksumCRC32())
                            .build());
            var _ = copy.whenComplete((_, _) -> places.release());
            inFlight.add(copy);
            if (inFlight.stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
                break;
            }
        }
        List<CompletedPart> copied = new ArrayList<>();
        for (CompletableFuture<CompletedPart> copy : inFlight) {
            try {
                copied.add(S3Failures.await(copy, what));
            } catch (StoreException e) {
                // The others are awaited all the same: the abort must come after the last of them.
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
        copied.sort(Comparator.comparing(CompletedPart::partNumber));
        return copied;
    }

    /** Not every store checks a condition of a copy itself; the caller's path lock guards the moment in between. */
    private void checkBefore(WriteCondition condition, ObjectKey key) throws StoreException {
        switch (condition) {
            case WriteCondition.Always _ -> {}
            case WriteCondition.IfAbsent _ -> {
                if (head(key).isPresent()) {
                    throw new StoreException(Failure.CONFLICT, key + " exists");
                }
            }
            case WriteCondition.IfMatch match -> {
                if (!head(key).map(ObjectInfo::etag).equals(Optional.of(match.etag()))) {
                    throw new StoreException(Failure.CONFLICT, key + " was changed");
                }
            }
        }
    }

    @Override
    public void delete(List<ObjectKey> keys) throws StoreException {
        if (keys.size() == 1) {
            ObjectKey key = keys.getFirst();
            S3Failures.await(
                    client.deleteObject(builder -> builder.bucket(key.bucket()).key(key.key())), "DELETE " + key);
            return;
        }
        for (int from = 0; from < keys.size(); from += DELETE_BATCH) {
            deleteBatch(keys.subList(from, Math.min(keys.size(), from + DELETE_BATCH)));
        }
    }

    private void deleteBatch(List<ObjectKey> keys) throws StoreException {
        String bucket = keys.getFirst().bucket();
        List<ObjectIdentifier> objects = keys.stream()
                .map(key -> ObjectIdentifier.builder().key(key.key()).build())
                .toList();
        String what = "DELETE of " + keys.size() + " objects of s3://" + bucket;
        DeleteObjectsResponse response = S3Failures.await(
                client.deleteObjects(DeleteObjectsRequest.builder()
                        .bucket(bucket)
                        .delete(Delete.builder().objects(objects).quiet(true).build())
                        .build()),
                what);
        if (response.hasErrors() && !response.errors().isEmpty()) {
            S3Error first = response.errors().getFirst();
            throw new StoreException(
                    "AccessDenied".equals(first.code()) ? Failure.PERMISSION_DENIED : Failure.UNAVAILABLE,
                    what + ": " + response.errors().size() + " were refused, the first of them " + first.key() + ": "
                            + first.code() + " " + first.message());
        }
    }

    @Override
    public List<PendingUpload> pendingUploads(ObjectKey key) throws StoreException {
        return S3Failures.await(
                        client.listMultipartUploads(ListMultipartUploadsRequest.builder()
                                .bucket(key.bucket())
                                .prefix(key.key())
                                .build()),
                        "LIST uploads of " + key)
                .uploads()
                .stream()
                .filter(upload -> key.key().equals(upload.key()))
                .map(upload -> new PendingUpload(key, upload.uploadId()))
                .toList();
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        try {
            S3Failures.await(
                    client.abortMultipartUpload(AbortMultipartUploadRequest.builder()
                            .bucket(upload.key().bucket())
                            .key(upload.key().key())
                            .uploadId(upload.uploadId())
                            .build()),
                    "ABORT of an upload of " + upload.key());
        } catch (StoreException e) {
            if (e.failure() != Failure.NOT_FOUND) {
                throw e;
            }
        }
    }

    @Override
    public long largestObject() {
        return sizes.largestObject();
    }

    @Override
    public void check(String bucket) throws StoreException {
        list(bucket, "", true, null, 1);
    }

    /** Waits, for at most 10 s, until the uploads that were cut off are aborted, and disconnects. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
                log.warn("Uploads are left for the sweeper: they could not be aborted before the gateway stopped");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.close();
        // Left to itself, the SDK would wait for two seconds of silence.
        eventLoops
                .eventLoopGroup()
                .shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    }

    /** The requests that a {@link MultipartUpload} makes. */
    private final class Requests implements MultipartUpload.Requests {
        private boolean sendsChecksums() {
            return settings.checksums() == S3Settings.Checksums.CRC32;
        }

        @Override
        public CompletableFuture<CreatedUpload> create(ObjectKey key, ObjectAttributes attributes) {
            CreateMultipartUploadRequest.Builder request = CreateMultipartUploadRequest.builder()
                    .bucket(key.bucket())
                    .key(key.key())
                    .metadata(attributes.metadata());
            if (sendsChecksums()) {
                request.checksumAlgorithm(ChecksumAlgorithm.CRC32).checksumType(ChecksumType.FULL_OBJECT);
            }
            return create(request.build());
        }

        /** Notes the upload in the journal before the store is asked for it, and its name before anything is sent. */
        private CompletableFuture<CreatedUpload> create(CreateMultipartUploadRequest request) {
            ObjectKey key = new ObjectKey(request.bucket(), request.key());
            return CompletableFuture.supplyAsync(() -> journal.starting(key), executor)
                    .thenCompose(row -> client.createMultipartUpload(request)
                            .thenApplyAsync(
                                    response -> {
                                        journal.started(row, response.uploadId());
                                        return new CreatedUpload(
                                                response.uploadId(),
                                                row,
                                                response.checksumType() == ChecksumType.FULL_OBJECT);
                                    },
                                    executor)
                            .whenComplete((_, thrown) -> {
                                if (thrown != null) {
                                    // The store may have made it all the same.
                                    journal.abandoned(row);
                                }
                            }));
        }

        @Override
        public CompletableFuture<CompletedPart> uploadPart(
                ObjectKey key, CreatedUpload upload, int partNumber, TrackedBody body, long bytes, int crc) {
            String checksum = sendsChecksums() ? base64(crc) : null;
            UploadPartRequest request = UploadPartRequest.builder()
                    .bucket(key.bucket())
                    .key(key.key())
                    .uploadId(upload.uploadId())
                    .partNumber(partNumber)
                    .contentLength(bytes)
                    .checksumCRC32(checksum)
                    .build();
            return partsInFlight
                    .run(() -> client.uploadPart(request, body))
                    .thenApply(response -> CompletedPart.builder()
                            .partNumber(partNumber)
                            .eTag(response.eTag())
                            .checksumCRC32(checksum)
                            .build());
        }

        @Override
        public String complete(
                ObjectKey key,
                CreatedUpload upload,
                List<CompletedPart> completed,
                long bytes,
                int crc,
                WriteCondition condition)
                throws StoreException {
            return complete(
                    key, upload, completed, bytes, upload.wholeObjectChecksum() ? base64(crc) : null, condition);
        }

        private String complete(
                ObjectKey key,
                CreatedUpload upload,
                List<CompletedPart> completed,
                long bytes,
                @Nullable String checksum,
                WriteCondition condition)
                throws StoreException {
            CompleteMultipartUploadRequest.Builder request = CompleteMultipartUploadRequest.builder()
                    .bucket(key.bucket())
                    .key(key.key())
                    .uploadId(upload.uploadId())
                    .multipartUpload(
                            CompletedMultipartUpload.builder().parts(completed).build());
            if (checksum != null) {
                request.checksumCRC32(checksum).checksumType(ChecksumType.FULL_OBJECT);
            }
            switch (condition) {
                case WriteCondition.Always _ -> {}
                case WriteCondition.IfAbsent _ -> request.ifNoneMatch("*");
                case WriteCondition.IfMatch match -> request.ifMatch(match.etag());
            }
            checkBefore(condition, key);
            String what = "COMPLETE of " + key;
            String etag;
            try {
                etag = text(S3Failures.await(client.completeMultipartUpload(request.build()), what)
                        .eTag());
            } catch (StoreException e) {
                etag = completedAfterAll(key, completed, bytes, e);
                // Where the same bytes were there before, the upload may still be.
                abort(key, upload);
                return etag;
            }
            try {
                journal.ended(upload.journalId());
            } catch (RuntimeException e) {
                // The object is stored; the sweeper will find that the upload has ended.
                log.warn("{}: its row in the journal could not be removed", what, e);
            }
            return etag;
        }

        /**
         * A reply that was lost, or a retry of the SDK that found the upload gone, says nothing of what the store did. The
         * object tells: a multipart ETag is made of the parts' own.
         */
        private String completedAfterAll(ObjectKey key, List<CompletedPart> completed, long bytes, StoreException e)
                throws StoreException {
            boolean retried = e.getCause() instanceof AwsServiceException service
                    && service.numAttempts() != null
                    && service.numAttempts() > 1;
            boolean unclear = e.failure() == Failure.UNAVAILABLE || e.failure() == Failure.NOT_FOUND || retried;
            Optional<String> expected = multipartEtag(completed);
            if (!unclear || expected.isEmpty()) {
                throw lost(e);
            }
            Optional<ObjectInfo> found;
            try {
                found = head(key);
            } catch (StoreException again) {
                e.addSuppressed(again);
                throw lost(e);
            }
            if (found.isPresent()
                    && found.get().size() == bytes
                    && found.get().etag().equals(expected.get())) {
                log.info("The store completed {} although its answer was lost: {}", key, e.getMessage());
                return found.get().etag();
            }
            throw lost(e);
        }

        /** An upload that vanished is not a missing file to the client. */
        private static StoreException lost(StoreException e) {
            return e.failure() == Failure.NOT_FOUND
                    ? new StoreException(Failure.UNAVAILABLE, e.getMessage() + ": the store lost the upload", e)
                    : e;
        }

        @Override
        public String put(
                ObjectKey key,
                ObjectAttributes attributes,
                TrackedBody body,
                long bytes,
                int crc,
                WriteCondition condition)
                throws StoreException {
            PutObjectRequest.Builder request = PutObjectRequest.builder()
                    .bucket(key.bucket())
                    .key(key.key())
                    .contentLength(bytes)
                    .metadata(attributes.metadata());
            if (sendsChecksums()) {
                request.checksumCRC32(base64(crc));
            }
            switch (condition) {
                case WriteCondition.Always _ -> {}
                case WriteCondition.IfAbsent _ -> request.ifNoneMatch("*");
                case WriteCondition.IfMatch match -> request.ifMatch(match.etag());
            }
            checkBefore(condition, key);
            try {
                return text(S3Failures.await(client.putObject(request.build(), body), "PUT " + key)
                        .eTag());
            } catch (StoreException e) {
                if (isOwnRetry(key, bytes, crc, e)) {
                    return head(key).map(ObjectInfo::etag).orElseThrow(() -> e);
                }
                throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.UNAVAILABLE, e.getMessage(), e) : e;
            }
        }

        /** A conditional PUT whose first reply was lost meets its own object when the SDK tries again. */
        private boolean isOwnRetry(ObjectKey key, long bytes, int crc, StoreException e) throws StoreException {
            if (e.failure() != Failure.CONFLICT
                    || !(e.getCause() instanceof AwsServiceException service)
                    || service.numAttempts() == null
                    || service.numAttempts() < 2) {
                return false;
            }
            HeadObjectResponse found = S3Failures.await(
                    client.headObject(HeadObjectRequest.builder()
                            .bucket(key.bucket())
                            .key(key.key())
                            .checksumMode(ChecksumMode.ENABLED)
                            .build()),
                    "HEAD " + key);
            return found.contentLength() == bytes && base64(crc).equals(found.checksumCRC32());
        }

        @Override
        public void abort(ObjectKey key, CreatedUpload upload) {
            var _ = executor.submit(() -> {
                try {
                    S3ObjectStore.this.abort(new PendingUpload(key, upload.uploadId()));
                    journal.ended(upload.journalId());
                } catch (StoreException e) {
                    log.warn("{}; it is left for the sweeper", e.getMessage());
                    journal.abandoned(upload.journalId());
                }
            });
        }
    }

    /** The ETag that S3 gives a multipart object: the MD5 of its parts' MD5s; empty where the parts' are something else. */
    private static Optional<String> multipartEtag(List<CompletedPart> completed) {
        try {
            var md5 = java.security.MessageDigest.getInstance("MD5");
            for (CompletedPart part : completed) {
                md5.update(HexFormat.of().parseHex(part.eTag().replace("\"", "")));
            }
            return Optional.of("\"" + HexFormat.of().formatHex(md5.digest()) + "-" + completed.size() + "\"");
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    private static String base64(int crc) {
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES).putInt(crc).array());
    }
}

package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.MultipartUpload.CreatedUpload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** The requests that store objects: a PUT, or a multipart upload, which is kept in the journal while it is under way. */
final class StoreRequests implements MultipartUpload.Requests {
    private static final Logger log = LoggerFactory.getLogger(StoreRequests.class);

    /**
     * Parts that are on their way at once. As many saturate a fast network; more would only make each of them slower, and
     * some of them much slower than others.
     */
    private static final int PARTS_IN_FLIGHT = 32;

    /** How often bytes are sent in all that the store refuses because they did not arrive as they were sent. */
    private static final int ATTEMPTS = 3;

    /** Parts that the store copies at once. */
    private static final int COPIES_IN_FLIGHT = 8;

    private final S3AsyncClient client;
    private final S3AsyncClient patient;
    private final boolean checksums;
    private final ObjectHeads heads;
    private final RefusedExtras refused;
    private final UploadJournal journal;
    private final ExecutorService executor;
    private final FairLimit partsInFlight = new FairLimit(PARTS_IN_FLIGHT);
    private final FairLimit copiesInFlight = new FairLimit(COPIES_IN_FLIGHT);

    /**
     * @param patient for the requests that copy: one that takes a longer silence for work
     * @param checksums whether bytes are sent with their CRC-32
     * @param executor for work that may block
     */
    StoreRequests(
            S3AsyncClient client,
            S3AsyncClient patient,
            boolean checksums,
            ObjectHeads heads,
            RefusedExtras refused,
            UploadJournal journal,
            ExecutorService executor) {
        this.client = client;
        this.patient = patient;
        this.checksums = checksums;
        this.heads = heads;
        this.refused = refused;
        this.journal = journal;
        this.executor = executor;
    }

    @Override
    public CompletableFuture<String> note(ObjectKey key, UploadOwner owner) {
        return CompletableFuture.supplyAsync(() -> journal.starting(key, owner), executor);
    }

    @Override
    public void forget(String row) {
        journal.ended(row);
    }

    @Override
    public void forgetLater(CompletableFuture<String> row) {
        var _ = row.thenAcceptAsync(journal::ended, executor);
    }

    @Override
    public void suspend(String row, long bytes, @Nullable Instant modified) {
        journal.suspended(row, bytes, modified);
    }

    @Override
    public CompletableFuture<CreatedUpload> create(
            ObjectKey key, ObjectAttributes attributes, @Nullable KeptAttributes kept, CompletableFuture<String> row) {
        CreateMultipartUploadRequest.Builder builder = CreateMultipartUploadRequest.builder()
                .bucket(key.bucket())
                .key(key.key())
                .metadata(attributes.metadata());
        if (kept != null) {
            kept.addTo(builder, attributes);
            // Not with checksums: MinIO then copies no part, and others want one of each part in the end.
            return create(builder.build(), row, true, client::createMultipartUpload);
        }
        Set<Extra> wanted =
                checksums ? EnumSet.of(Extra.CHECKSUM, Extra.WHOLE_OBJECT_CHECKSUM) : EnumSet.noneOf(Extra.class);
        return create(
                builder.build(),
                row,
                false,
                request ->
                        refused.send(wanted, extras -> client.createMultipartUpload(withChecksums(request, extras))));
    }

    private static CreateMultipartUploadRequest withChecksums(CreateMultipartUploadRequest request, Set<Extra> extras) {
        if (!extras.contains(Extra.CHECKSUM)) {
            return request;
        }
        return request.toBuilder()
                .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                .checksumType(extras.contains(Extra.WHOLE_OBJECT_CHECKSUM) ? ChecksumType.FULL_OBJECT : null)
                .build();
    }

    /** Starts an upload whose parts have no checksums. */
    CompletableFuture<CreatedUpload> create(CreateMultipartUploadRequest request) {
        ObjectKey key = new ObjectKey(request.bucket(), request.key());
        return create(request, note(key, UploadOwner.NOBODY), true, client::createMultipartUpload);
    }

    /** Notes the upload in the journal before the store is asked for it, and its name before anything is sent. */
    private CompletableFuture<CreatedUpload> create(
            CreateMultipartUploadRequest request,
            CompletableFuture<String> noted,
            boolean copies,
            Function<CreateMultipartUploadRequest, CompletableFuture<CreateMultipartUploadResponse>> send) {
        ObjectKey key = new ObjectKey(request.bucket(), request.key());
        AtomicInteger possiblyMade = new AtomicInteger();
        CreateMultipartUploadRequest counted = request.toBuilder()
                .overrideConfiguration(
                        override -> override.putExecutionAttribute(ObservedRequests.POSSIBLE_EFFECTS, possiblyMade))
                .build();
        return noted.thenCompose(row -> send.apply(counted)
                        .thenApplyAsync(
                                response -> {
                                    journal.started(row, response.uploadId());
                                    if (possiblyMade.get() > 1) {
                                        noteNameless(key);
                                    }
                                    return new CreatedUpload(
                                            response.uploadId(),
                                            row,
                                            !copies && response.checksumType() == ChecksumType.FULL_OBJECT,
                                            copies);
                                },
                                executor)
                        .whenComplete((_, thrown) -> {
                            if (thrown != null) {
                                // The store may have made it all the same.
                                journal.abandoned(row);
                            }
                        }))
                .exceptionallyCompose(thrown ->
                        CompletableFuture.failedFuture(named(S3Failures.of(thrown, "CREATE of an upload of " + key))));
    }

    /** Leaves to the sweeper what the store may have made besides, whose name was in an answer that was lost. */
    private void noteNameless(ObjectKey key) {
        try {
            journal.abandoned(journal.starting(key, UploadOwner.NOBODY));
        } catch (RuntimeException e) {
            log.warn("{}: an upload without a name may be left in the store", key, e);
        }
    }

    @Override
    public CompletableFuture<CompletedPart> uploadPart(
            ObjectKey key, CreatedUpload upload, int partNumber, TrackedBody body, long bytes, int crc) {
        String what = "part " + partNumber + " of " + key;
        UploadPartRequest request = UploadPartRequest.builder()
                .bucket(key.bucket())
                .key(key.key())
                .uploadId(upload.uploadId())
                .partNumber(partNumber)
                .contentLength(bytes)
                .build();
        if (upload.copies()) {
            String md5 = checksums ? body.md5() : null;
            return partsInFlight.run(() -> undamaged(
                    what,
                    () -> client.uploadPart(request.toBuilder().contentMD5(md5).build(), body)
                            .thenApply(response -> CompletedPart.builder()
                                    .partNumber(partNumber)
                                    .eTag(response.eTag())
                                    .build())));
        }
        return partsInFlight.run(() -> undamaged(
                what,
                () -> refused.send(wantedChecksum(), extras -> {
                    String checksum = extras.contains(Extra.CHECKSUM) ? base64(crc) : null;
                    return client.uploadPart(
                                    request.toBuilder().checksumCRC32(checksum).build(), body)
                            .thenApply(response -> CompletedPart.builder()
                                    .partNumber(partNumber)
                                    .eTag(response.eTag())
                                    .checksumCRC32(checksum)
                                    .build());
                })));
    }

    /** Sends bytes that are in memory, again where the store found that they were damaged on their way. */
    private static <T> CompletableFuture<T> undamaged(String what, Supplier<CompletableFuture<T>> send) {
        return undamaged(what, send, 1);
    }

    private static <T> CompletableFuture<T> undamaged(String what, Supplier<CompletableFuture<T>> send, int attempt) {
        return send.get().exceptionallyCompose(thrown -> {
            StoreException cause = S3Failures.of(thrown, what);
            if (cause.failure() != Failure.INTEGRITY || attempt == ATTEMPTS) {
                return CompletableFuture.failedFuture(thrown);
            }
            log.warn("{}; it is sent again, attempt {} of {}", cause.getMessage(), attempt + 1, ATTEMPTS);
            return undamaged(what, send, attempt + 1);
        });
    }

    @Override
    public CompletableFuture<CompletedPart> copyPart(
            ObjectKey key,
            CreatedUpload upload,
            int partNumber,
            BaseVersion base,
            long from,
            long to,
            BooleanSupplier unwanted) {
        UploadPartCopyRequest request = UploadPartCopyRequest.builder()
                .sourceBucket(key.bucket())
                .sourceKey(key.key())
                .copySourceIfMatch(base.etag())
                .copySourceRange("bytes=" + from + "-" + (to - 1))
                .destinationBucket(key.bucket())
                .destinationKey(key.key())
                .uploadId(upload.uploadId())
                .partNumber(partNumber)
                .build();
        return copyPart(request, unwanted);
    }

    /** Copies a part, unless that is not wanted any more when it is this one's turn. Does not block. */
    CompletableFuture<CompletedPart> copyPart(UploadPartCopyRequest request, BooleanSupplier unwanted) {
        return copiesInFlight.run(() -> unwanted.getAsBoolean()
                ? CompletableFuture.failedFuture(new CancellationException())
                : patient.uploadPartCopy(request)
                        .thenApply(response -> CompletedPart.builder()
                                .partNumber(request.partNumber())
                                .eTag(response.copyPartResult().eTag())
                                .checksumCRC32(response.copyPartResult().checksumCRC32())
                                .build()));
    }

    @Override
    public CompletableFuture<Void> read(
            ObjectKey key, BaseVersion base, long offset, long length, Consumer<ByteBuffer> target) {
        String range = "bytes=" + offset + "-" + (offset + length - 1);
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(key.bucket())
                .key(key.key())
                .range(range)
                .ifMatch(base.etag())
                .build();
        return client.getObject(request, new ReceivedRange("GET " + key + " " + range, offset, length, target));
    }

    @Override
    public CompletableFuture<CompletedPart> notePart(CreatedUpload upload, CompletedPart part, int crc) {
        if (part.checksumCRC32() == null) {
            return CompletableFuture.completedFuture(part);
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        journal.partStored(upload.journalId(), part.partNumber(), crc);
                    } catch (RuntimeException e) {
                        // Where the store lists it, nothing is lost; else the part is sent again, if it comes to that.
                        if (!StateException.isCauseOf(e)) {
                            log.warn("The checksum of a part could not be noted", e);
                        }
                    }
                    return part;
                },
                executor);
    }

    private EnumSet<Extra> wantedChecksum() {
        return checksums ? EnumSet.of(Extra.CHECKSUM) : EnumSet.noneOf(Extra.class);
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
        return complete(key, upload, completed, bytes, upload.wholeObjectChecksum() ? base64(crc) : null, condition);
    }

    /** @param checksum of the whole object, or null where the upload has none */
    String complete(
            ObjectKey key,
            CreatedUpload upload,
            List<CompletedPart> completed,
            long bytes,
            @Nullable String checksum,
            WriteCondition condition)
            throws StoreException {
        CompleteMultipartUploadRequest request = CompleteMultipartUploadRequest.builder()
                .bucket(key.bucket())
                .key(key.key())
                .uploadId(upload.uploadId())
                .multipartUpload(
                        CompletedMultipartUpload.builder().parts(completed).build())
                .build();
        EnumSet<Extra> wanted = EnumSet.of(Extra.COMPLETE_CONDITION);
        if (checksum != null) {
            wanted.add(Extra.WHOLE_OBJECT_CHECKSUM);
        }
        if (!isSent(condition)) {
            wanted.remove(Extra.COMPLETE_CONDITION);
        }
        String what = "COMPLETE of " + key;
        if (!journal.claim(upload.journalId())) {
            throw new StoreException(Failure.CONFLICT, what + ": another gateway goes on with this upload");
        }
        heads.require(condition, key);
        multipartEtag(completed).ifPresent(expected -> journal.completing(upload.journalId(), expected));
        String etag;
        try {
            CompleteMultipartUploadResponse response = S3Failures.await(
                    refused.send(wanted, extras -> {
                        CompleteMultipartUploadRequest.Builder sent = request.toBuilder();
                        if (extras.contains(Extra.WHOLE_OBJECT_CHECKSUM)) {
                            sent.checksumCRC32(checksum).checksumType(ChecksumType.FULL_OBJECT);
                        }
                        if (extras.contains(Extra.COMPLETE_CONDITION)) {
                            sent.ifNoneMatch(ifNoneMatch(condition)).ifMatch(ifMatch(condition));
                        }
                        return client.completeMultipartUpload(sent.build());
                    }),
                    what);
            etag = ObjectHeads.etag(response.eTag());
        } catch (StoreException e) {
            etag = completedAfterAll(key, completed, bytes, checksum, e);
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
     * object tells: a multipart ETag is made of the parts' own; but not where the store encrypts with keys that are not
     * its own, and there the CRC-32 of the whole object does.
     *
     * @param checksum of the whole object, or null where the upload has none
     */
    private String completedAfterAll(
            ObjectKey key, List<CompletedPart> completed, long bytes, @Nullable String checksum, StoreException e)
            throws StoreException {
        boolean retried = e.getCause() instanceof AwsServiceException service
                && service.numAttempts() != null
                && service.numAttempts() > 1;
        boolean unclear = e.failure() == Failure.UNAVAILABLE || e.failure() == Failure.NOT_FOUND || retried;
        if (!unclear) {
            throw lost(e);
        }
        HeadObjectResponse found;
        try {
            found = S3Failures.await(
                    client.headObject(HeadObjectRequest.builder()
                            .bucket(key.bucket())
                            .key(key.key())
                            .checksumMode(checksum == null ? null : ChecksumMode.ENABLED)
                            .build()),
                    "HEAD " + key,
                    Duration.ofMinutes(1));
        } catch (StoreException again) {
            e.addSuppressed(again);
            throw lost(e);
        }
        String etag = ObjectHeads.etag(found.eTag());
        boolean same = Optional.of(etag).equals(multipartEtag(completed))
                || (checksum != null
                        && found.checksumType() == ChecksumType.FULL_OBJECT
                        && checksum.equals(found.checksumCRC32()));
        if (!same || !Long.valueOf(bytes).equals(found.contentLength())) {
            throw lost(e);
        }
        log.info("The store completed {} although its answer was lost: {}", key, e.getMessage());
        return etag;
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
            @Nullable KeptAttributes kept,
            TrackedBody body,
            long bytes,
            int crc,
            WriteCondition condition)
            throws StoreException {
        PutObjectRequest.Builder builder = PutObjectRequest.builder()
                .bucket(key.bucket())
                .key(key.key())
                .contentLength(bytes)
                .metadata(attributes.metadata());
        if (kept != null) {
            kept.addTo(builder, attributes);
        }
        PutObjectRequest request = builder.build();
        EnumSet<Extra> wanted = wantedChecksum();
        if (isSent(condition)) {
            wanted.add(Extra.PUT_CONDITION);
        }
        heads.require(condition, key);
        String what = "PUT " + key;
        try {
            PutObjectResponse response = S3Failures.await(
                    undamaged(
                            what,
                            () -> refused.send(wanted, extras -> {
                                PutObjectRequest.Builder sent = request.toBuilder();
                                if (extras.contains(Extra.CHECKSUM)) {
                                    sent.checksumCRC32(base64(crc));
                                }
                                if (extras.contains(Extra.PUT_CONDITION)) {
                                    sent.ifNoneMatch(ifNoneMatch(condition)).ifMatch(ifMatch(condition));
                                }
                                return client.putObject(sent.build(), body);
                            })),
                    what);
            return ObjectHeads.etag(response.eTag());
        } catch (StoreException e) {
            if (isOwnRetry(key, bytes, crc, e)) {
                return heads.head(key).map(ObjectInfo::etag).orElseThrow(() -> e);
            }
            throw e.failure() == Failure.NOT_FOUND
                    ? new StoreException(Failure.UNAVAILABLE, e.getMessage(), e)
                    : named(e);
        }
    }

    /** Of what starts an object nothing but its key differs from what the store takes all the time. */
    private static StoreException named(StoreException e) {
        return S3Failures.code(e).equals("InvalidArgument")
                ? new StoreException(Failure.NAME_INVALID, e.getMessage(), e)
                : e;
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
        return Long.valueOf(bytes).equals(found.contentLength()) && base64(crc).equals(found.checksumCRC32());
    }

    /** Whether there is anything to send: an empty entity tag, which some stores give, cannot be compared with. */
    static boolean isSent(WriteCondition condition) {
        return ifNoneMatch(condition) != null || ifMatch(condition) != null;
    }

    static @Nullable String ifNoneMatch(WriteCondition condition) {
        return condition instanceof WriteCondition.IfAbsent || condition instanceof WriteCondition.StillAbsent
                ? "*"
                : null;
    }

    static @Nullable String ifMatch(WriteCondition condition) {
        return condition instanceof WriteCondition.IfMatch match
                        && !match.etag().isEmpty()
                ? match.etag()
                : null;
    }

    @Override
    public void abort(ObjectKey key, CreatedUpload upload) {
        var _ = executor.submit(() -> {
            try {
                if (!journal.claim(upload.journalId())) {
                    return;
                }
                abortNow(key, upload.uploadId());
                journal.ended(upload.journalId());
            } catch (StoreException e) {
                log.warn("{}; it is left for the sweeper", e.getMessage());
                journal.abandoned(upload.journalId());
            }
        });
    }

    /** Aborts a multipart upload; one that is unknown to the store is no error. Blocks. */
    void abortNow(ObjectKey key, String uploadId) throws StoreException {
        try {
            S3Failures.await(
                    client.abortMultipartUpload(AbortMultipartUploadRequest.builder()
                            .bucket(key.bucket())
                            .key(key.key())
                            .uploadId(uploadId)
                            .build()),
                    "ABORT of an upload of " + key);
        } catch (StoreException e) {
            if (e.failure() != Failure.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** The ETag that S3 gives a multipart object: the MD5 of its parts' MD5s; empty where the parts' are something else. */
    static Optional<String> multipartEtag(List<CompletedPart> completed) {
        try {
            var md5 = java.security.MessageDigest.getInstance("MD5");
            for (CompletedPart part : completed) {
                md5.update(HexFormat.of().parseHex(ObjectHeads.etag(part.eTag()).replace("\"", "")));
            }
            return Optional.of("\"" + HexFormat.of().formatHex(md5.digest()) + "-" + completed.size() + "\"");
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    /** As S3's headers have it: the four bytes, the highest first, in Base64. */
    static String base64(int crc) {
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES).putInt(crc).array());
    }
}

package dev.slipway.core.store.s3;

import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.CompleteMultipartUploadRequest;
import dev.slipway.core.s3.CopyRequest;
import dev.slipway.core.s3.CopyResult;
import dev.slipway.core.s3.CreateMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
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
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.PartPage;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadPartCopyRequest;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.RequestSigner;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.Tagging;

/**
 * {@link S3Operations} over HTTP, through the AWS SDK's asynchronous client. Nothing else uses that client at run time.
 *
 * <p>Longer than other classes, since it has one method for each of S3's operations, and they share nothing to split by.
 */
final class AwsOperations implements S3Operations, RequestSigner {
    private static final int SHUTDOWN_SECONDS = 5;

    private final SdkEventLoopGroup eventLoops;
    private final S3AsyncClient client;

    /** Has long time-outs and separate connections, so that the rename of a large directory leaves transfers theirs. */
    private final S3AsyncClient copyClient;

    private final Presigners presigners;
    private final StorageRules rules;

    private AwsOperations(
            S3Access access, SdkEventLoopGroup eventLoops, StoragePolicyClient client, StoragePolicyClient copyClient) {
        this.eventLoops = eventLoops;
        this.client = client;
        this.copyClient = copyClient;
        presigners = new Presigners(endpoint -> S3Clients.createPresigner(access.settings(), endpoint), client::placed);
        rules = new StorageRules(access.storage());
    }

    /**
     * Connects lazily: makes no request.
     *
     * @param observer receives each request when it has ended
     */
    static AwsOperations connect(S3Access access, RequestObserver observer) {
        SdkEventLoopGroup eventLoops = LargeReads.eventLoops(SdkEventLoopGroup.builder()
                // Netty's default is twice the processors: with many small requests they wake up far more often.
                .numberOfThreads(Math.max(1, Runtime.getRuntime().availableProcessors() / 2)));
        return new AwsOperations(
                access,
                eventLoops,
                S3Clients.create(access, eventLoops, observer),
                S3Clients.createForCopies(access, eventLoops, observer));
    }

    /** Sends everything with one client, which is closed with this, as are its event loops. */
    static AwsOperations on(StoragePolicyClient client, S3Access access, SdkEventLoopGroup eventLoops) {
        return new AwsOperations(access, eventLoops, client, client);
    }

    @Override
    public PresignedRequest presign(ObjectInfo version, Duration lifetime, @Nullable URI endpoint)
            throws StoreException {
        return presigners.presign(version, lifetime, endpoint);
    }

    /** The port's answer to what the SDK was asked; on the same thread. Cancelling it cancels the request. */
    static <A, B> CompletableFuture<B> answer(CompletableFuture<A> sent, Function<A, B> translation) {
        CompletableFuture<B> answer = new CompletableFuture<>();
        var _ = answer.whenComplete((_, _) -> {
            if (answer.isCancelled()) {
                sent.cancel(true);
            }
        });
        var _ = sent.whenComplete((value, thrown) -> {
            if (thrown != null) {
                answer.completeExceptionally(AwsFailures.of(thrown));
                return;
            }
            try {
                answer.complete(translation.apply(value));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    @Override
    public CompletableFuture<ObjectHead> head(HeadRequest request) {
        return answer(
                client.headObject(head -> head.bucket(request.key().bucket())
                        .key(request.key().key())
                        .versionId(request.versionId())
                        .ifMatch(request.ifMatch())
                        .checksumMode(request.checksums() ? ChecksumMode.ENABLED : null)),
                AwsAnswers::head);
    }

    @Override
    public CompletableFuture<ListPage> list(ListRequest request) {
        return answer(
                client.listObjectsV2(list -> list.bucket(request.bucket())
                        .prefix(request.prefix())
                        .maxKeys(request.limit())
                        // Keys may contain characters that XML cannot represent; the SDK decodes the answer.
                        .encodingType(EncodingType.URL)
                        .startAfter(request.startAfter())
                        .continuationToken(request.continuation())
                        .delimiter(request.delimited() ? "/" : null)),
                response -> page(request.bucket(), response));
    }

    private static ListPage page(String bucket, ListObjectsV2Response response) {
        List<ListPage.Entry> objects = new ArrayList<>(response.contents().size());
        for (var object : response.contents()) {
            objects.add(new ListPage.Entry(
                    new ObjectKey(bucket, object.key()),
                    object.size() == null ? 0 : object.size(),
                    AwsAnswers.etag(object.eTag()),
                    AwsAnswers.time(object.lastModified())));
        }
        List<String> prefixes = response.commonPrefixes().stream()
                .map(common -> common.prefix())
                .toList();
        boolean more = Boolean.TRUE.equals(response.isTruncated());
        if (more && response.nextContinuationToken() == null) {
            throw S3Exception.of(S3Error.OTHER, "truncated, but without a token");
        }
        return new ListPage(objects, prefixes, more ? response.nextContinuationToken() : null);
    }

    @Override
    public CompletableFuture<ObjectHead> get(GetRequest request, BodyReceiver receiver) {
        return answer(
                client.getObject(
                        get -> get.bucket(request.key().bucket())
                                .key(request.key().key())
                                .versionId(request.versionId())
                                .ifMatch(request.ifMatch())
                                .range(
                                        request.range() == null
                                                ? null
                                                : request.range().toString()),
                        new ReceivedBody(request.range(), receiver)),
                Function.identity());
    }

    @Override
    public CompletableFuture<Map<String, String>> tags(ObjectKey key) {
        return answer(client.getObjectTagging(get -> get.bucket(key.bucket()).key(key.key())), response -> {
            Map<String, String> tags = new HashMap<>();
            response.tagSet().forEach(tag -> tags.put(tag.key(), tag.value()));
            return tags;
        });
    }

    @Override
    public CompletableFuture<Done> putTags(ObjectKey key, Map<String, String> tags) {
        return answer(
                client.putObjectTagging(
                        put -> put.bucket(key.bucket()).key(key.key()).tagging(tagging(tags))),
                _ -> Done.DONE);
    }

    @Override
    public CompletableFuture<StoredVersion> put(PutRequest request, RequestBody body) {
        ObjectDescription description = request.description();
        return answer(
                client.putObject(
                        put -> {
                            put.bucket(request.key().bucket())
                                    .key(request.key().key())
                                    .contentLength(body.bytes())
                                    .checksumCRC32(request.crc32())
                                    .ifMatch(ifMatch(request.condition()))
                                    .ifNoneMatch(ifNoneMatch(request.condition()))
                                    .metadata(description.metadata())
                                    .contentType(description.contentType())
                                    .contentEncoding(description.contentEncoding())
                                    .contentDisposition(description.contentDisposition())
                                    .contentLanguage(description.contentLanguage())
                                    .cacheControl(description.cacheControl())
                                    .storageClass(description.storageClass())
                                    .serverSideEncryption(
                                            description.encryption().algorithm())
                                    .ssekmsKeyId(description.encryption().kmsKeyId())
                                    .bucketKeyEnabled(description.encryption().bucketKey());
                            if (!description.tags().isEmpty()) {
                                put.tagging(tagging(description.tags()));
                            }
                        },
                        new SentBody(body)),
                response -> new StoredVersion(AwsAnswers.etag(response.eTag()), response.versionId()));
    }

    private static Tagging tagging(Map<String, String> tags) {
        return Tagging.builder()
                .tagSet(tags.entrySet().stream()
                        .map(tag -> Tag.builder()
                                .key(tag.getKey())
                                .value(tag.getValue())
                                .build())
                        .toList())
                .build();
    }

    private static @Nullable String ifMatch(Precondition condition) {
        return condition instanceof Precondition.IfMatch match ? match.etag() : null;
    }

    private static @Nullable String ifNoneMatch(Precondition condition) {
        return condition instanceof Precondition.IfAbsent ? "*" : null;
    }

    @Override
    public CompletableFuture<CreatedMultipartUpload> createMultipartUpload(CreateMultipartUploadRequest request) {
        ObjectDescription description = request.description();
        AtomicInteger possiblyMade = new AtomicInteger();
        return answer(
                client.createMultipartUpload(create -> {
                    create.bucket(request.key().bucket())
                            .key(request.key().key())
                            .checksumAlgorithm(
                                    request.checksums() == PartChecksums.NONE ? null : ChecksumAlgorithm.CRC32)
                            .checksumType(
                                    request.checksums() == PartChecksums.CRC32_OF_WHOLE_OBJECT
                                            ? ChecksumType.FULL_OBJECT
                                            : null)
                            .metadata(description.metadata())
                            .contentType(description.contentType())
                            .contentEncoding(description.contentEncoding())
                            .contentDisposition(description.contentDisposition())
                            .contentLanguage(description.contentLanguage())
                            .cacheControl(description.cacheControl())
                            .storageClass(description.storageClass())
                            .serverSideEncryption(description.encryption().algorithm())
                            .ssekmsKeyId(description.encryption().kmsKeyId())
                            .bucketKeyEnabled(description.encryption().bucketKey())
                            .overrideConfiguration(override ->
                                    override.putExecutionAttribute(ObservedRequests.POSSIBLE_EFFECTS, possiblyMade));
                    if (!description.tags().isEmpty()) {
                        create.tagging(tagging(description.tags()));
                    }
                }),
                response -> new CreatedMultipartUpload(
                        response.uploadId(), response.checksumType() == ChecksumType.FULL_OBJECT, possiblyMade.get()));
    }

    @Override
    public CompletableFuture<UploadedPart> uploadPart(UploadPartRequest request, RequestBody body) {
        return answer(
                client.uploadPart(
                        part -> part.bucket(request.key().bucket())
                                .key(request.key().key())
                                .uploadId(request.uploadId())
                                .partNumber(request.partNumber())
                                .contentLength(body.bytes())
                                .contentMD5(request.md5())
                                .checksumCRC32(request.crc32()),
                        new SentBody(body)),
                response -> new UploadedPart(request.partNumber(), orEmpty(response.eTag()), request.crc32()));
    }

    /** The ETags of parts must be sent back exactly as the store returned them. */
    private static String orEmpty(@Nullable String etag) {
        return etag == null ? "" : etag;
    }

    @Override
    public CompletableFuture<UploadedPart> uploadPartCopy(UploadPartCopyRequest request) {
        return answer(
                copyClient.uploadPartCopy(
                        copy -> copy.sourceBucket(request.from().bucket())
                                .sourceKey(request.from().key())
                                .copySourceIfMatch(request.ifMatch())
                                .copySourceRange(request.range().toString())
                                .destinationBucket(request.to().bucket())
                                .destinationKey(request.to().key())
                                .uploadId(request.uploadId())
                                .partNumber(request.partNumber())),
                response -> new UploadedPart(
                        request.partNumber(),
                        orEmpty(response.copyPartResult().eTag()),
                        response.copyPartResult().checksumCRC32()));
    }

    @Override
    public CompletableFuture<StoredVersion> completeMultipartUpload(CompleteMultipartUploadRequest request) {
        List<CompletedPart> parts = request.parts().stream()
                .map(part -> CompletedPart.builder()
                        .partNumber(part.partNumber())
                        .eTag(part.etag().isEmpty() ? null : part.etag())
                        .checksumCRC32(part.crc32())
                        .build())
                .toList();
        return answer(
                client.completeMultipartUpload(
                        complete -> complete.bucket(request.key().bucket())
                                .key(request.key().key())
                                .uploadId(request.uploadId())
                                .multipartUpload(upload -> upload.parts(parts))
                                .ifMatch(ifMatch(request.condition()))
                                .ifNoneMatch(ifNoneMatch(request.condition()))
                                .checksumCRC32(request.crc32())
                                .checksumType(request.crc32() == null ? null : ChecksumType.FULL_OBJECT)),
                response -> new StoredVersion(AwsAnswers.etag(response.eTag()), response.versionId()));
    }

    @Override
    public CompletableFuture<Done> abortMultipartUpload(ObjectKey key, String uploadId) {
        return answer(
                client.abortMultipartUpload(
                        abort -> abort.bucket(key.bucket()).key(key.key()).uploadId(uploadId)),
                _ -> Done.DONE);
    }

    @Override
    public CompletableFuture<PartPage> listParts(ListPartsRequest request) {
        return answer(
                client.listParts(list -> list.bucket(request.key().bucket())
                        .key(request.key().key())
                        .uploadId(request.uploadId())
                        .partNumberMarker(request.after() == 0 ? null : request.after())
                        .maxParts(request.limit())),
                response -> page(request, response));
    }

    private static PartPage page(ListPartsRequest request, ListPartsResponse response) {
        List<PartPage.Entry> parts = new ArrayList<>();
        for (Part part : response.parts()) {
            parts.add(new PartPage.Entry(
                    new UploadedPart(part.partNumber(), orEmpty(part.eTag()), part.checksumCRC32()),
                    part.size() == null ? 0 : part.size()));
        }
        Integer next = response.nextPartNumberMarker();
        boolean more = Boolean.TRUE.equals(response.isTruncated()) && next != null && next != request.after();
        return new PartPage(parts, response.checksumType() == ChecksumType.FULL_OBJECT, more ? next : 0);
    }

    @Override
    public CompletableFuture<MultipartUploadPage> listMultipartUploads(ListMultipartUploadsRequest request) {
        MultipartUploadPage.Marker after = request.after();
        return answer(
                client.listMultipartUploads(list -> list.bucket(request.bucket())
                        .prefix(request.prefix())
                        .keyMarker(after == null ? null : after.key())
                        .uploadIdMarker(after == null ? null : after.uploadId())),
                response -> page(request, response));
    }

    private static MultipartUploadPage page(
            ListMultipartUploadsRequest request, ListMultipartUploadsResponse response) {
        List<MultipartUploadPage.Entry> uploads = response.uploads().stream()
                .map(upload -> new MultipartUploadPage.Entry(
                        new ObjectKey(request.bucket(), upload.key()),
                        upload.uploadId(),
                        // s3proxy returns the epoch for a time that it does not know.
                        Instant.EPOCH.equals(upload.initiated()) ? null : upload.initiated()))
                .toList();
        MultipartUploadPage.Marker next =
                new MultipartUploadPage.Marker(response.nextKeyMarker(), response.nextUploadIdMarker());
        boolean more = Boolean.TRUE.equals(response.isTruncated()) && !next.equals(request.after());
        return new MultipartUploadPage(uploads, more ? next : null);
    }

    @Override
    public CompletableFuture<CopyResult> copy(CopyRequest request) {
        return answer(
                copyClient.copyObject(copy -> copy.sourceBucket(request.from().bucket())
                        .sourceKey(request.from().key())
                        .copySourceIfMatch(request.ifMatch())
                        .destinationBucket(request.to().bucket())
                        .destinationKey(request.to().key())
                        .ifMatch(ifMatch(request.condition()))
                        .ifNoneMatch(ifNoneMatch(request.condition()))
                        .storageClass(request.storageClass())
                        .serverSideEncryption(request.encryption().algorithm())
                        .ssekmsKeyId(request.encryption().kmsKeyId())
                        .bucketKeyEnabled(request.encryption().bucketKey())),
                response -> response.copyObjectResult() == null
                        ? new CopyResult("", null)
                        : new CopyResult(
                                AwsAnswers.etag(response.copyObjectResult().eTag()),
                                response.copyObjectResult().lastModified()));
    }

    @Override
    public CompletableFuture<Done> delete(ObjectKey key, @Nullable String ifMatch) {
        return answer(
                client.deleteObject(
                        delete -> delete.bucket(key.bucket()).key(key.key()).ifMatch(ifMatch)),
                _ -> Done.DONE);
    }

    @Override
    public CompletableFuture<DeleteResult> deleteMany(DeleteManyRequest request) {
        List<CompletableFuture<DeleteResult>> answers =
                byRole(request).stream().map(this::deleteInOneRole).toList();
        if (answers.size() == 1) {
            return answers.getFirst();
        }
        CompletableFuture<DeleteResult> all = CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
                .thenApply(_ -> new DeleteResult(answers.stream()
                        .flatMap(answer -> answer.join().refused().stream())
                        .toList()));
        var _ = all.whenComplete((_, _) -> {
            if (all.isCancelled()) {
                answers.forEach(answer -> answer.cancel(true));
            }
        });
        return all;
    }

    /** Each request uses the credentials of one role. */
    private Collection<DeleteManyRequest> byRole(DeleteManyRequest request) {
        if (rules.isEmpty()) {
            return List.of(request);
        }
        return request.targets().stream()
                .collect(Collectors.groupingBy(
                        target -> Optional.ofNullable(rules.of(new ObjectKey(request.bucket(), target.key()))
                                .role()),
                        LinkedHashMap::new,
                        Collectors.toList()))
                .values()
                .stream()
                .map(targets -> new DeleteManyRequest(request.bucket(), targets, request.digest()))
                .toList();
    }

    private CompletableFuture<DeleteResult> deleteInOneRole(DeleteManyRequest request) {
        List<ObjectIdentifier> objects = request.targets().stream()
                .map(target -> ObjectIdentifier.builder()
                        .key(target.key())
                        .eTag(target.ifMatch())
                        .build())
                .toList();
        return answer(
                client.deleteObjects(delete -> {
                    delete.bucket(request.bucket())
                            .delete(many -> many.objects(objects).quiet(true));
                    if (request.digest() == DeleteManyRequest.Digest.MD5) {
                        delete.overrideConfiguration(override -> override.addPlugin(LegacyMd5Plugin.create()));
                    }
                }),
                AwsOperations::result);
    }

    private static DeleteResult result(DeleteObjectsResponse response) {
        return new DeleteResult(response.errors().stream()
                .map(error -> {
                    String code = error.code() == null ? "" : error.code();
                    return new DeleteResult.Refusal(
                            error.key(), S3Error.of(code, 0), code, String.valueOf(error.message()));
                })
                .toList());
    }

    @Override
    public void close() {
        presigners.close();
        Stream.of(client, copyClient).distinct().forEach(S3AsyncClient::close);
        // Left to itself, the SDK would wait for two seconds of silence.
        eventLoops
                .eventLoopGroup()
                .shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    }
}

package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.ByteRange;
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
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.PartPage;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadPartCopyRequest;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoredVersion;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A client of a {@link MemoryS3}. Longer than other classes, since it has one method for each of S3's operations; what is
 * stored is in {@link MemoryBucket} and {@link StoredUpload}.
 */
final class MemoryClient implements S3Operations {
    /** A GET delivers its body in pieces of this size, as a network does. */
    private static final int PIECE_BYTES = 64 * 1024;

    private static final Set<String> ARCHIVES = Set.of("GLACIER", "DEEP_ARCHIVE");
    private static final int BAD_REQUEST = 400;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int PRECONDITION_FAILED = 412;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final MemoryS3 store;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    MemoryClient(MemoryS3 store) {
        this.store = store;
    }

    private <T> CompletableFuture<T> answer(Supplier<T> action) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            executor.execute(() -> {
                try {
                    if (!answer.isDone()) {
                        answer.complete(action.get());
                    }
                } catch (RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(S3Exception.noAnswer("the client is closed", e));
        }
        return answer;
    }

    private static S3Exception noSuchKey(ObjectKey key) {
        return S3Exception.answer(NOT_FOUND, "NoSuchKey", key.key());
    }

    private static S3Exception noSuchUpload(String uploadId) {
        return S3Exception.answer(NOT_FOUND, "NoSuchUpload", uploadId);
    }

    private static S3Exception preconditionFailed() {
        return S3Exception.answer(PRECONDITION_FAILED, "PreconditionFailed", null);
    }

    private StoredObject find(ObjectKey key, @Nullable String versionId, @Nullable String ifMatch) {
        return store.in(key.bucket(), bucket -> {
            StoredObject found = bucket.objects.get(key.key());
            if (found == null) {
                throw noSuchKey(key);
            }
            if (versionId != null && !versionId.equals("null")) {
                throw S3Exception.answer(NOT_FOUND, "NoSuchVersion", versionId);
            }
            if (ifMatch != null && !ifMatch.equals(found.etag())) {
                throw preconditionFailed();
            }
            return found;
        });
    }

    private static ObjectHead head(StoredObject object, boolean checksums) {
        return new ObjectHead(
                object.size(),
                object.etag(),
                object.lastModified(),
                object.description().withTags(Map.of()),
                checksums ? object.checksums() : ObjectChecksums.NONE,
                false);
    }

    @Override
    public CompletableFuture<ObjectHead> head(HeadRequest request) {
        return answer(() -> {
            try {
                return head(find(request.key(), request.versionId(), request.ifMatch()), request.checksums());
            } catch (S3Exception e) {
                // The answer to a HEAD has no body, and so no code.
                throw S3Exception.answer(e.status(), "", null);
            }
        });
    }

    @Override
    public CompletableFuture<ListPage> list(ListRequest request) {
        return answer(() -> store.in(request.bucket(), bucket -> bucket.list(request)));
    }

    @Override
    public CompletableFuture<ObjectHead> get(GetRequest request, BodyReceiver receiver) {
        CompletableFuture<ObjectHead> answer = new CompletableFuture<>();
        var _ = answer(() -> {
                    StoredObject object = readable(find(request.key(), request.versionId(), request.ifMatch()));
                    ObjectHead head = head(object, false);
                    ByteRange range = range(request, object);
                    if (receiver.begin(head) && range != null) {
                        send(object.slices(range), receiver, answer);
                    }
                    return head;
                })
                .whenComplete((head, thrown) -> {
                    if (thrown == null) {
                        answer.complete(head);
                    } else {
                        answer.completeExceptionally(thrown);
                    }
                });
        return answer;
    }

    /** The part of the requested range that exists; null if there are no bytes at all. */
    private static @Nullable ByteRange range(GetRequest request, StoredObject object) {
        ByteRange range = request.range();
        if (range == null) {
            return object.size() == 0 ? null : new ByteRange(0, object.size());
        }
        if (range.offset() >= object.size()) {
            throw S3Exception.answer(RANGE_NOT_SATISFIABLE, "InvalidRange", null);
        }
        return new ByteRange(range.offset(), Math.min(range.length(), object.size() - range.offset()));
    }

    private static void send(List<ByteBuffer> slices, BodyReceiver receiver, CompletableFuture<?> answer) {
        for (ByteBuffer slice : slices) {
            while (slice.hasRemaining() && !answer.isDone()) {
                int count = Math.min(PIECE_BYTES, slice.remaining());
                receiver.receive(slice.slice(slice.position(), count));
                slice.position(slice.position() + count);
            }
        }
    }

    private static StoredObject readable(StoredObject object) {
        String storageClass = object.description().storageClass();
        if (storageClass != null && ARCHIVES.contains(storageClass)) {
            throw S3Exception.answer(FORBIDDEN, "InvalidObjectState", storageClass);
        }
        return object;
    }

    @Override
    public CompletableFuture<Map<String, String>> tags(ObjectKey key) {
        return answer(() -> find(key, null, null).description().tags());
    }

    @Override
    public CompletableFuture<Done> putTags(ObjectKey key, Map<String, String> tags) {
        return answer(() -> {
            StoredObject object = find(key, null, null);
            return store.in(key.bucket(), bucket -> {
                bucket.objects.put(
                        key.key(),
                        object.copied(
                                object.lastModified(), object.description().withTags(tags)));
                return Done.DONE;
            });
        });
    }

    @Override
    public CompletableFuture<StoredVersion> put(PutRequest request, RequestBody body) {
        return answer(() -> {
            requireValid(request.key());
            byte[] bytes = bytes(body);
            requireCrc(request.crc32(), bytes);
            StoredObject object = StoredObject.of(
                    List.of(bytes),
                    etag(bytes),
                    store.now(),
                    stored(request.description()),
                    request.crc32() == null
                            ? ObjectChecksums.NONE
                            : new ObjectChecksums(ObjectChecksums.Type.FULL_OBJECT, request.crc32(), null, null));
            var _ = store.in(request.key().bucket(), bucket -> {
                require(bucket, request.key(), request.condition());
                bucket.objects.put(request.key().key(), object);
                return Done.DONE;
            });
            return StoredVersion.of(object.etag());
        });
    }

    private static void requireValid(ObjectKey key) {
        if (key.isTooLong()) {
            throw S3Exception.answer(BAD_REQUEST, "KeyTooLongError", null);
        }
    }

    /** Answers omit the default class. */
    private static ObjectDescription stored(ObjectDescription asked) {
        return "STANDARD".equals(asked.storageClass()) ? asked.withStorageClass(null) : asked;
    }

    private static void require(MemoryBucket bucket, ObjectKey key, Precondition condition) {
        StoredObject present = bucket.objects.get(key.key());
        switch (condition) {
            case Precondition.None _ -> {}
            case Precondition.IfAbsent _ -> {
                if (present != null) {
                    throw preconditionFailed();
                }
            }
            case Precondition.IfMatch match -> {
                if (present == null) {
                    throw noSuchKey(key);
                }
                if (!present.etag().equals(match.etag())) {
                    throw preconditionFailed();
                }
            }
        }
    }

    private static byte[] bytes(RequestBody body) {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(body.bytes()));
        body.read().forEach(all::put);
        return all.array();
    }

    private static byte[] md5(byte[] bytes) {
        try {
            return MessageDigest.getInstance("MD5").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    private static String etag(byte[] bytes) {
        return "\"" + HexFormat.of().formatHex(md5(bytes)) + "\"";
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static void requireCrc(@Nullable String base64, byte[] bytes) {
        if (base64 != null && !base64.equals(ObjectChecksums.base64(crc(bytes)))) {
            throw S3Exception.answer(BAD_REQUEST, "BadDigest", "the CRC-32 does not match");
        }
    }

    @Override
    public CompletableFuture<CreatedMultipartUpload> createMultipartUpload(CreateMultipartUploadRequest request) {
        return answer(() -> {
            requireValid(request.key());
            StoredUpload upload = new StoredUpload(
                    request.key(), store.nextUpload(), store.now(), stored(request.description()), request.checksums());
            var _ = store.in(request.key().bucket(), bucket -> {
                bucket.uploads.put(upload.id, upload);
                return Done.DONE;
            });
            return new CreatedMultipartUpload(upload.id, request.checksums() == PartChecksums.CRC32_OF_WHOLE_OBJECT, 1);
        });
    }

    private <T> T in(ObjectKey key, String uploadId, Function<StoredUpload, T> action) {
        return store.in(key.bucket(), bucket -> {
            StoredUpload upload = bucket.upload(key, uploadId);
            if (upload == null) {
                throw noSuchUpload(uploadId);
            }
            return action.apply(upload);
        });
    }

    @Override
    public CompletableFuture<UploadedPart> uploadPart(UploadPartRequest request, RequestBody body) {
        return answer(() -> {
            byte[] bytes = bytes(body);
            requireCrc(request.crc32(), bytes);
            if (request.md5() != null
                    && !request.md5().equals(Base64.getEncoder().encodeToString(md5(bytes)))) {
                throw S3Exception.answer(BAD_REQUEST, "BadDigest", "the MD5 does not match");
            }
            String etag = store(request.key(), request.uploadId(), request.partNumber(), bytes);
            return new UploadedPart(request.partNumber(), etag, request.crc32());
        });
    }

    private String store(ObjectKey key, String uploadId, int number, byte[] bytes) {
        StoredUpload.Part part = new StoredUpload.Part(bytes, etag(bytes), crc(bytes));
        var _ = in(key, uploadId, upload -> {
            upload.parts.put(number, part);
            return Done.DONE;
        });
        return part.etag;
    }

    @Override
    public CompletableFuture<UploadedPart> uploadPartCopy(UploadPartCopyRequest request) {
        return answer(() -> {
            StoredObject source = readable(find(request.from(), null, request.ifMatch()));
            if (request.range().offset() + request.range().length() > source.size()) {
                throw S3Exception.answer(BAD_REQUEST, "InvalidArgument", "the source has fewer bytes");
            }
            byte[] bytes = source.bytes(request.range());
            String etag = store(request.to(), request.uploadId(), request.partNumber(), bytes);
            return new UploadedPart(request.partNumber(), etag, null);
        });
    }

    @Override
    public CompletableFuture<StoredVersion> completeMultipartUpload(CompleteMultipartUploadRequest request) {
        return answer(() -> store.in(request.key().bucket(), bucket -> {
            StoredUpload upload = bucket.upload(request.key(), request.uploadId());
            if (upload == null) {
                throw noSuchUpload(request.uploadId());
            }
            require(bucket, request.key(), request.condition());
            StoredObject object = upload.complete(request, store.now(), MemoryS3.LEAST_PART_BYTES);
            bucket.uploads.remove(upload.id);
            bucket.objects.put(request.key().key(), object);
            return StoredVersion.of(object.etag());
        }));
    }

    @Override
    public CompletableFuture<Done> abortMultipartUpload(ObjectKey key, String uploadId) {
        return answer(() -> store.in(key.bucket(), bucket -> {
            if (bucket.upload(key, uploadId) == null) {
                throw noSuchUpload(uploadId);
            }
            bucket.uploads.remove(uploadId);
            return Done.DONE;
        }));
    }

    @Override
    public CompletableFuture<PartPage> listParts(ListPartsRequest request) {
        return answer(() -> in(request.key(), request.uploadId(), upload -> {
            List<PartPage.Entry> parts = new ArrayList<>();
            int last = 0;
            for (var part : upload.parts.tailMap(request.after(), false).entrySet()) {
                if (parts.size() == request.limit()) {
                    return new PartPage(parts, hasWholeObjectChecksum(upload), last);
                }
                last = part.getKey();
                parts.add(new PartPage.Entry(upload.describe(last, part.getValue()), part.getValue().bytes.length));
            }
            return new PartPage(parts, hasWholeObjectChecksum(upload), 0);
        }));
    }

    private static boolean hasWholeObjectChecksum(StoredUpload upload) {
        return upload.checksums == PartChecksums.CRC32_OF_WHOLE_OBJECT;
    }

    @Override
    public CompletableFuture<MultipartUploadPage> listMultipartUploads(ListMultipartUploadsRequest request) {
        return answer(() -> store.in(request.bucket(), bucket -> bucket.list(request)));
    }

    @Override
    public CompletableFuture<CopyResult> copy(CopyRequest request) {
        return answer(() -> {
            requireValid(request.to());
            StoredObject source = readable(find(request.from(), null, request.ifMatch()));
            ObjectDescription description = stored(source.description().withStorageClass(request.storageClass()));
            StoredObject copy = source.copied(store.now(), description.withEncryption(request.encryption()));
            StoredObject whole = source.etag().contains("-")
                    // A copy made in one call has no parts.
                    ? StoredObject.of(
                            copy.pieces(),
                            etag(copy.bytes(new ByteRange(0, Math.max(1, copy.size())))),
                            copy.lastModified(),
                            copy.description(),
                            copy.checksums())
                    : copy;
            var _ = store.in(request.to().bucket(), bucket -> {
                require(bucket, request.to(), request.condition());
                bucket.objects.put(request.to().key(), whole);
                return Done.DONE;
            });
            return new CopyResult(whole.etag(), whole.lastModified());
        });
    }

    @Override
    public CompletableFuture<Done> delete(ObjectKey key, @Nullable String ifMatch) {
        return answer(() -> store.in(key.bucket(), bucket -> {
            delete(bucket, key.key(), ifMatch);
            return Done.DONE;
        }));
    }

    private static void delete(MemoryBucket bucket, String key, @Nullable String ifMatch) {
        StoredObject present = bucket.objects.get(key);
        if (ifMatch != null && present != null && !present.etag().equals(ifMatch)) {
            throw preconditionFailed();
        }
        bucket.objects.remove(key);
    }

    @Override
    public CompletableFuture<DeleteResult> deleteMany(DeleteManyRequest request) {
        return answer(() -> store.in(request.bucket(), bucket -> {
            List<DeleteResult.Refusal> refused = new ArrayList<>();
            for (DeleteManyRequest.Target target : request.targets()) {
                try {
                    delete(bucket, target.key(), target.ifMatch());
                } catch (S3Exception e) {
                    refused.add(new DeleteResult.Refusal(target.key(), e.error(), e.code(), e.getMessage()));
                }
            }
            return new DeleteResult(refused);
        }));
    }

    @Override
    public void close() {
        executor.close();
    }
}

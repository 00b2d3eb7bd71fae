package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.ResponsePublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Looks at the newest version of objects. */
final class ObjectHeads {
    private final S3AsyncClient client;
    private final Duration limit;

    /** @param limit how long an answer may take, repeated tries included */
    ObjectHeads(S3AsyncClient client, Duration limit) {
        this.client = client;
        this.limit = limit;
    }

    /** The newest version, or empty when there is none. */
    Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        try {
            HeadObjectResponse response = S3Failures.await(
                    client.headObject(HeadObjectRequest.builder()
                            .bucket(key.bucket())
                            .key(key.key())
                            .build()),
                    "HEAD " + key,
                    limit);
            return Optional.of(info(key, response.contentLength(), response.eTag(), response.lastModified()));
        } catch (StoreException e) {
            return switch (e.failure()) {
                case NOT_FOUND -> Optional.empty();
                case PERMISSION_DENIED -> headByGet(key);
                default -> {
                    if (S3Failures.isBadRequest(e)) {
                        // MinIO answers so to names that it does not take, such as one with a backslash behind dots.
                        yield headByGet(key);
                    }
                    throw e;
                }
            };
        }
    }

    /** The CRC-32 that the store keeps of a whole version, if it keeps one. */
    OptionalInt crc32(ObjectInfo version) throws StoreException {
        ObjectKey key = version.key();
        HeadObjectResponse found = S3Failures.await(
                client.headObject(HeadObjectRequest.builder()
                        .bucket(key.bucket())
                        .key(key.key())
                        .checksumMode(ChecksumMode.ENABLED)
                        .build()),
                "HEAD " + key,
                limit);
        if (!info(key, found.contentLength(), found.eTag(), found.lastModified())
                .equals(version)) {
            throw new StoreException(Failure.CONFLICT, key + " was replaced meanwhile");
        }
        String crc = found.checksumCRC32();
        // The sum of a multipart upload's parts, which older stores give, has their number behind it.
        return crc == null || crc.contains("-") || found.checksumType() == ChecksumType.COMPOSITE
                ? OptionalInt.empty()
                : OptionalInt.of(
                        ByteBuffer.wrap(Base64.getDecoder().decode(crc)).getInt());
    }

    /** A HEAD that is refused carries no code; a GET of the same object says why. Of its body nothing is read. */
    private Optional<ObjectInfo> headByGet(ObjectKey key) throws StoreException {
        try {
            ResponsePublisher<GetObjectResponse> answer = S3Failures.await(
                    client.getObject(
                            GetObjectRequest.builder()
                                    .bucket(key.bucket())
                                    .key(key.key())
                                    .build(),
                            AsyncResponseTransformer.toPublisher()),
                    "GET " + key);
            answer.subscribe(new Unread());
            GetObjectResponse response = answer.response();
            return Optional.of(info(key, response.contentLength(), response.eTag(), response.lastModified()));
        } catch (StoreException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** What an answer says of a version. */
    static ObjectInfo info(ObjectKey key, @Nullable Long size, @Nullable String etag, @Nullable Instant lastModified) {
        return new ObjectInfo(
                key, size == null ? 0 : size, etag(etag), lastModified == null ? Instant.EPOCH : lastModified);
    }

    /** An entity tag as {@link ObjectInfo} has it: empty where the store gave none or, as Ceph does, one without content. */
    static String etag(@Nullable String etag) {
        return etag == null || etag.equals("\"\"") ? "" : etag;
    }

    /**
     * Checks a condition by looking. Not every store checks one itself; the caller's path lock guards the moment in
     * between.
     */
    void require(WriteCondition condition, ObjectKey key) throws StoreException {
        switch (condition) {
            case WriteCondition.Always _, WriteCondition.StillAbsent _ -> {}
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

    /** Wants nothing of a body: the connection is closed instead. */
    private static final class Unread implements Subscriber<ByteBuffer> {
        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.cancel();
        }

        @Override
        public void onNext(ByteBuffer data) {}

        @Override
        public void onError(Throwable thrown) {}

        @Override
        public void onComplete() {}
    }
}

package dev.slipway.core.store.s3;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** Looks at the newest version of objects. */
final class ObjectHeads {
    private final S3AsyncClient client;
    /** The entity tag of what was not uploaded in parts. */
    private static final Pattern MD5_TAG = Pattern.compile("\"?([0-9a-fA-F]{32})\"?");

    private final Duration limit;

    /** @param limit how long an answer may take, repeated tries included */
    ObjectHeads(S3AsyncClient client, Duration limit) {
        this.client = client;
        this.limit = limit;
    }

    /** The newest version, or empty when there is none. */
    Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        return head(key, null);
    }

    /** A version by the store's id of it; null for the newest one. */
    Optional<ObjectInfo> head(ObjectKey key, @Nullable String versionId) throws StoreException {
        try {
            HeadObjectResponse response = S3Failures.await(
                    client.headObject(HeadObjectRequest.builder()
                            .bucket(key.bucket())
                            .key(key.key())
                            .versionId(versionId)
                            .build()),
                    "HEAD " + key,
                    limit);
            return Optional.of(info(key, versionId, response));
        } catch (StoreException e) {
            return switch (e.failure()) {
                case NOT_FOUND -> Optional.empty();
                case PERMISSION_DENIED -> headByGet(key, versionId);
                default -> {
                    if (S3Failures.isBadRequest(e)) {
                        // MinIO answers so to names that it does not take, such as one with a backslash behind dots.
                        yield headByGet(key, versionId);
                    }
                    throw e;
                }
            };
        }
    }

    /** The CRC-32 that the store keeps of a whole version, if it keeps one. */
    OptionalInt crc32(ObjectInfo version) throws StoreException {
        byte[] crc = digests(version).get(DigestAlgorithm.CRC32);
        return crc == null
                ? OptionalInt.empty()
                : OptionalInt.of(ByteBuffer.wrap(crc).getInt());
    }

    /** The digests that the store keeps of a whole version. */
    Map<DigestAlgorithm, byte[]> digests(ObjectInfo version) throws StoreException {
        ObjectKey key = version.key();
        HeadObjectResponse found = S3Failures.await(
                client.headObject(HeadObjectRequest.builder()
                        .bucket(key.bucket())
                        .key(key.key())
                        .versionId(version.versionId())
                        .checksumMode(ChecksumMode.ENABLED)
                        .build()),
                "HEAD " + key,
                limit);
        if (!info(key, version.versionId(), found).equals(version)) {
            throw new StoreException(Failure.CONFLICT, key + " was replaced meanwhile");
        }
        Map<DigestAlgorithm, byte[]> digests = new EnumMap<>(DigestAlgorithm.class);
        if (found.checksumType() != ChecksumType.COMPOSITE) {
            put(digests, DigestAlgorithm.CRC32, found.checksumCRC32());
            put(digests, DigestAlgorithm.SHA1, found.checksumSHA1());
            put(digests, DigestAlgorithm.SHA256, found.checksumSHA256());
        }
        boolean ownKeys = found.sseCustomerAlgorithm() == null
                && (found.serverSideEncryption() == null
                        || found.serverSideEncryption() == ServerSideEncryption.AES256);
        Matcher md5 = MD5_TAG.matcher(version.etag());
        if (ownKeys && md5.matches()) {
            digests.put(DigestAlgorithm.MD5, HexFormat.of().parseHex(md5.group(1)));
        }
        return digests;
    }

    private static void put(
            Map<DigestAlgorithm, byte[]> digests, DigestAlgorithm algorithm, @Nullable String checksum) {
        // The sum of a multipart upload's parts, which older stores give, has their number behind it.
        if (checksum != null && !checksum.contains("-")) {
            digests.put(algorithm, Base64.getDecoder().decode(checksum));
        }
    }

    /** A HEAD that is refused carries no code; a GET of the same object says why. Of its body nothing is read. */
    private Optional<ObjectInfo> headByGet(ObjectKey key, @Nullable String versionId) throws StoreException {
        try {
            ResponsePublisher<GetObjectResponse> answer = S3Failures.await(
                    client.getObject(
                            GetObjectRequest.builder()
                                    .bucket(key.bucket())
                                    .key(key.key())
                                    .versionId(versionId)
                                    .build(),
                            AsyncResponseTransformer.toPublisher()),
                    "GET " + key);
            answer.subscribe(new Unread());
            GetObjectResponse response = answer.response();
            ObjectInfo found = info(key, response.contentLength(), response.eTag(), response.lastModified());
            return Optional.of(withId(found, versionId));
        } catch (StoreException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static ObjectInfo info(ObjectKey key, @Nullable String versionId, HeadObjectResponse found) {
        return withId(info(key, found.contentLength(), found.eTag(), found.lastModified()), versionId);
    }

    private static ObjectInfo withId(ObjectInfo found, @Nullable String versionId) {
        return new ObjectInfo(found.key(), found.size(), found.etag(), found.lastModified(), versionId);
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

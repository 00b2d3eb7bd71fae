package dev.slipway.app;

import dev.slipway.testing.S3Bucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.Tag;

/** Direct access to a bucket. */
final class BucketView implements AutoCloseable {
    private final String bucket;
    private final S3AsyncClient client;

    BucketView(S3Bucket bucket) {
        this.bucket = bucket.name();
        this.client = bucket.endpoint().newClient();
    }

    void put(String key, byte[] content) {
        client.putObject(request -> request.bucket(bucket).key(key), AsyncRequestBody.fromBytes(content))
                .join();
    }

    /** Puts an object with a content type and a tag, such as {@code type=list}. */
    void putTagged(String key, byte[] content, String contentType, String tag) {
        client.putObject(
                        request -> request.bucket(bucket)
                                .key(key)
                                .contentType(contentType)
                                .tagging(tag),
                        AsyncRequestBody.fromBytes(content))
                .join();
    }

    void delete(String key) {
        client.deleteObject(request -> request.bucket(bucket).key(key)).join();
    }

    /** Puts many objects, some at a time. */
    void putAll(List<String> keys, Function<String, byte[]> content) {
        for (int from = 0; from < keys.size(); from += 100) {
            keys.subList(from, Math.min(keys.size(), from + 100)).stream()
                    .map(key -> client.putObject(
                            request -> request.bucket(bucket).key(key), AsyncRequestBody.fromBytes(content.apply(key))))
                    .toList()
                    .forEach(CompletableFuture::join);
        }
    }

    byte[] get(String key) {
        return client.getObject(request -> request.bucket(bucket).key(key), AsyncResponseTransformer.toBytes())
                .join()
                .asByteArrayUnsafe();
    }

    Map<String, String> tags(String key) {
        return client.getObjectTagging(request -> request.bucket(bucket).key(key)).join().tagSet().stream()
                .collect(Collectors.toMap(Tag::key, Tag::value));
    }

    List<String> keys() {
        return client.listObjectsV2(request -> request.bucket(bucket)).join().contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** All keys with a prefix, however many. */
    List<String> keysBelow(String prefix) {
        List<String> keys = new ArrayList<>();
        @Nullable String token = null;
        do {
            String from = token;
            ListObjectsV2Response page = client.listObjectsV2(
                            request -> request.bucket(bucket).prefix(prefix).continuationToken(from))
                    .join();
            page.contents().forEach(object -> keys.add(object.key()));
            token = page.nextContinuationToken();
        } while (token != null);
        return keys;
    }

    /** The multipart uploads of a key that are neither completed nor aborted. MinIO lists them by the exact key only. */
    List<String> pendingUploads(String key) {
        return client.listMultipartUploads(request -> request.bucket(bucket).prefix(key)).join().uploads().stream()
                .filter(upload -> upload.key().equals(key))
                .map(MultipartUpload::uploadId)
                .toList();
    }

    /** How many parts the store has of the uploads of a key that are neither completed nor aborted. */
    int storedParts(String key) {
        return pendingUploads(key).stream()
                .mapToInt(upload -> client.listParts(
                                request -> request.bucket(bucket).key(key).uploadId(upload))
                        .join()
                        .parts()
                        .size())
                .sum();
    }

    @Override
    public void close() {
        client.close();
    }
}

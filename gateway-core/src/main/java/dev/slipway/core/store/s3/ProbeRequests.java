package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.Settled;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * The requests of one probe, one after the other. Notes before each what it may leave behind, and in the end removes
 * that. Every request is seen to its end, which its time-outs bound: one that was given up could still be carried out
 * after the removal.
 */
final class ProbeRequests {
    private final S3AsyncClient client;
    private final String bucket;
    private final String prefix;
    private final long deadline;
    private final Set<String> keys = new LinkedHashSet<>();
    private final Set<String> multipartKeys = new LinkedHashSet<>();
    private final Map<String, String> uploads = new LinkedHashMap<>();
    private @Nullable Instant storeTime;
    private @Nullable Instant askedAt;
    private boolean interrupted;

    /** @param prefix of all keys that are written */
    ProbeRequests(S3AsyncClient client, String bucket, String prefix, Duration limit) {
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    String bucket() {
        return bucket;
    }

    S3AsyncClient client() {
        return client;
    }

    /** The full key of a name. */
    String key(String name) {
        return prefix + name;
    }

    /** Whether nothing more should be asked. */
    boolean isOver() {
        return interrupted || System.nanoTime() > deadline;
    }

    boolean wasInterrupted() {
        return interrupted;
    }

    /** How far the store's clock is ahead of ours, if it has told its time: to within a second and the time of a request. */
    Optional<Duration> skew() {
        return storeTime == null || askedAt == null
                ? Optional.empty()
                : Optional.of(Duration.between(askedAt, storeTime));
    }

    /** Waits for a request to end. */
    <T extends SdkResponse> T ask(CompletableFuture<T> request) throws StoreException {
        Instant asked = Instant.now();
        await(request);
        try {
            T response = AwsFailures.await(request, "bucket " + bucket);
            note(asked, response.sdkHttpResponse());
            return response;
        } catch (StoreException e) {
            if (e.getCause() instanceof AwsServiceException service && service.awsErrorDetails() != null) {
                note(asked, service.awsErrorDetails().sdkHttpResponse());
            }
            throw e;
        }
    }

    /** Waits for a request whose response is not the SDK's own. */
    <T> T result(CompletableFuture<T> request) throws StoreException {
        await(request);
        return AwsFailures.await(request, "bucket " + bucket);
    }

    private void await(CompletableFuture<?> request) {
        interrupted |= Settled.await(List.of(request), () -> {});
    }

    private void note(Instant asked, @Nullable SdkHttpResponse response) {
        if (storeTime != null || response == null) {
            return;
        }
        try {
            response.firstMatchingHeader("Date").ifPresent(date -> {
                storeTime = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
                askedAt = asked;
            });
        } catch (DateTimeParseException _) {
            storeTime = null;
        }
    }

    PutObjectResponse put(String name, byte[] content) throws StoreException {
        return put(PutObjectRequest.builder().key(key(name)), content);
    }

    PutObjectResponse put(PutObjectRequest.Builder request, byte[] content) throws StoreException {
        PutObjectRequest built =
                request.bucket(bucket).contentLength((long) content.length).build();
        boolean isNew = keys.add(built.key());
        try {
            return ask(client.putObject(built, AsyncRequestBody.fromBytes(content)));
        } catch (StoreException e) {
            // What was refused is not there; some stores fail to delete a name that they do not take.
            if (isNew && isRefused(e)) {
                keys.remove(built.key());
            }
            throw e;
        }
    }

    /** Whether the store has said no, rather than nothing or that it failed. */
    private static boolean isRefused(StoreException e) {
        return e.getCause() instanceof AwsServiceException service
                && (service.statusCode() / 100 == 4 || service.statusCode() == 501);
    }

    /** Notes a key that a request is about to write. */
    String written(String name) {
        keys.add(key(name));
        return key(name);
    }

    String create(CreateMultipartUploadRequest.Builder request, String name) throws StoreException {
        return createUpload(request, name).uploadId();
    }

    CreateMultipartUploadResponse createUpload(CreateMultipartUploadRequest.Builder request, String name)
            throws StoreException {
        keys.add(key(name));
        multipartKeys.add(key(name));
        CreateMultipartUploadResponse response = ask(client.createMultipartUpload(
                request.bucket(bucket).key(key(name)).build()));
        uploads.put(response.uploadId(), key(name));
        return response;
    }

    /** Notes that an upload is no more. */
    void ended(String uploadId) {
        uploads.remove(uploadId);
    }

    /**
     * Removes all that was written.
     *
     * @return what could not be removed, and why; empty if nothing is left
     */
    List<String> removeAll() {
        List<String> left = new ArrayList<>();
        findUploads();
        uploads.forEach((uploadId, key) -> remove(
                left,
                "an unfinished upload of " + key,
                client.abortMultipartUpload(
                        request -> request.bucket(bucket).key(key).uploadId(uploadId))));
        findKeys();
        for (String key : keys) {
            remove(
                    left,
                    key,
                    client.deleteObject(request -> request.bucket(bucket).key(key)));
        }
        removeVersions(left);
        return left;
    }

    private void remove(List<String> left, String what, CompletableFuture<? extends SdkResponse> request) {
        try {
            var _ = ask(request);
        } catch (StoreException e) {
            // What was refused was never there, and a key that is not there need not be deleted.
            if (e.failure() != Failure.NOT_FOUND && !isName(e)) {
                left.add(what + " (" + e.getMessage() + ")");
            }
        }
    }

    /** Whether the store does not take the key at all. */
    private static boolean isName(StoreException e) {
        return e.failure() == Failure.NAME_INVALID || AwsFailures.isRefusal(e);
    }

    /** Uploads whose creation was carried out although it was not confirmed. */
    private void findUploads() {
        for (String key : multipartKeys) {
            try {
                ListMultipartUploadsResponse found = ask(client.listMultipartUploads(
                        request -> request.bucket(bucket).prefix(key)));
                found.uploads().stream()
                        .filter(upload -> key.equals(upload.key()))
                        .forEach(upload -> uploads.put(upload.uploadId(), key));
            } catch (StoreException _) {
                // Those that are known are aborted all the same.
            }
        }
    }

    /** Keys that were stored under another name than theirs. */
    private void findKeys() {
        try {
            ListObjectsV2Response found =
                    ask(client.listObjectsV2(request -> request.bucket(bucket).prefix(prefix)));
            found.contents().forEach(object -> keys.add(object.key()));
        } catch (StoreException _) {
            // Those that are known are deleted all the same.
        }
    }

    /** With versioning a delete only hides: the versions, and what hides them, are deleted one by one. */
    private void removeVersions(List<String> left) {
        ListObjectVersionsResponse found;
        try {
            found = ask(
                    client.listObjectVersions(request -> request.bucket(bucket).prefix(prefix)));
        } catch (StoreException _) {
            // No versions in this store, or no permission; then the bucket's rules have to expire them.
            return;
        }
        found.versions()
                .forEach(version -> remove(
                        left,
                        "an old version of " + version.key(),
                        client.deleteObject(request ->
                                request.bucket(bucket).key(version.key()).versionId(version.versionId()))));
        found.deleteMarkers()
                .forEach(marker -> remove(
                        left,
                        "a delete marker of " + marker.key(),
                        client.deleteObject(request ->
                                request.bucket(bucket).key(marker.key()).versionId(marker.versionId()))));
    }
}

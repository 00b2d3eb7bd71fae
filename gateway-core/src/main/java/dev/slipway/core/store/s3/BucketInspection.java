package dev.slipway.core.store.s3;

import dev.slipway.core.s3.Done;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.ObjectKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;

/**
 * A connection to a store for tests of what it can do: the port's operations, and what the gateway itself never asks for,
 * such as versions and lifecycle rules. A request is tried twice at most. Futures fail as those of {@link S3Operations}.
 */
public final class BucketInspection implements AutoCloseable {
    private final StoreClock clock;
    private final S3AsyncClient client;
    private final AwsOperations operations;

    private BucketInspection(S3Access access, Duration callTimeout) {
        SdkEventLoopGroup eventLoops =
                SdkEventLoopGroup.builder().numberOfThreads(1).build();
        clock = new StoreClock();
        StoragePolicyClient placed = S3Clients.createForInspection(access, eventLoops, callTimeout, clock);
        client = placed;
        operations = AwsOperations.on(placed, access, eventLoops);
    }

    /**
     * Connects lazily: no request is made here.
     *
     * @param callTimeout of a request, for both attempts together
     */
    public static BucketInspection connect(S3Access access, Duration callTimeout) {
        return new BucketInspection(access, callTimeout);
    }

    /** The port's operations over this connection. Closed with it. */
    public S3Operations operations() {
        return operations;
    }

    /**
     * How far the store's clock is ahead of ours, to within a second and the time of a request; empty if no answer had a
     * date yet.
     */
    public Optional<Duration> clockSkew() {
        return clock.skew();
    }

    /** GetBucketVersioning: whether versioning is enabled. */
    public CompletableFuture<Boolean> keepsVersions(String bucket) {
        return AwsOperations.answer(
                client.getBucketVersioning(request -> request.bucket(bucket)),
                response -> response.status() == BucketVersioningStatus.ENABLED);
    }

    /** GetBucketLifecycleConfiguration: after how many days a rule aborts unfinished uploads; empty if none does. */
    public CompletableFuture<OptionalInt> daysUntilAbort(String bucket) {
        return AwsOperations.answer(
                client.getBucketLifecycleConfiguration(request -> request.bucket(bucket)),
                response -> response.rules().stream()
                        .filter(rule -> rule.status() == ExpirationStatus.ENABLED
                                && rule.abortIncompleteMultipartUpload() != null)
                        .mapToInt(rule -> rule.abortIncompleteMultipartUpload().daysAfterInitiation())
                        .findFirst());
    }

    /**
     * A version of an object, old or new.
     *
     * @param deleteMarker whether it only says that the object was deleted
     */
    public record ObjectVersion(ObjectKey key, @Nullable String versionId, boolean deleteMarker) {}

    /** ListObjectVersions: the first page of the versions whose keys start with a prefix. */
    public CompletableFuture<List<ObjectVersion>> versions(String bucket, String prefix) {
        return AwsOperations.answer(
                client.listObjectVersions(request -> request.bucket(bucket).prefix(prefix)),
                response -> Stream.concat(
                                response.versions().stream()
                                        .map(version -> new ObjectVersion(
                                                new ObjectKey(bucket, version.key()), version.versionId(), false)),
                                response.deleteMarkers().stream()
                                        .map(marker -> new ObjectVersion(
                                                new ObjectKey(bucket, marker.key()), marker.versionId(), true)))
                        .toList());
    }

    /** DeleteObject of one version, which is final. */
    public CompletableFuture<Done> delete(ObjectVersion version) {
        return AwsOperations.answer(
                client.deleteObject(request -> request.bucket(version.key().bucket())
                        .key(version.key().key())
                        .versionId(version.versionId())),
                _ -> Done.DONE);
    }

    /** Disconnects, which fails what is under way. May block for some seconds. */
    @Override
    public void close() {
        operations.close();
    }
}

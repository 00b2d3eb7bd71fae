package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;

/** Deletes objects: many at once where the store takes that, in the form in which it takes it. */
final class Deletions {
    private static final Logger log = LoggerFactory.getLogger(Deletions.class);
    private static final int BATCH = 1000;
    private static final int SINGLE_IN_FLIGHT = 32;

    /** How many objects are deleted at once; those that a store refuses lead to the next. */
    enum Form {
        /** DeleteObjects, with the checksum that S3 asks for. */
        BATCH,
        /** DeleteObjects with a Content-MD5, which older stores demand. */
        BATCH_WITH_MD5,
        /** A DeleteObject for each. */
        SINGLE
    }

    /**
     * What is to be deleted.
     *
     * @param etag the only version to delete; null for whatever is there
     */
    private record Target(ObjectKey key, @Nullable String etag) {
        static Target of(ObjectInfo version) {
            return new Target(version.key(), version.etag().isEmpty() ? null : version.etag());
        }
    }

    private final S3AsyncClient client;
    private final StorageRules rules;
    private final FairLimit singles = new FairLimit(SINGLE_IN_FLIGHT);
    private volatile Form form = Form.BATCH;

    /** Until the store has refused one. Many ignore the condition, which no answer tells. */
    private volatile boolean conditional = true;

    Deletions(S3AsyncClient client, StorageRules rules) {
        this.client = client;
        this.rules = rules;
    }

    /** Deletes objects of one bucket. A key that has none is no error. Blocks. */
    void delete(List<ObjectKey> keys) throws StoreException {
        var _ = deleteAll(keys.stream().map(key -> new Target(key, null)).toList());
    }

    /**
     * Deletes versions of one bucket, where the store compares; otherwise what is there. Blocks.
     *
     * @return the keys that hold something else
     */
    List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException {
        if (conditional) {
            try {
                return deleteAll(versions.stream().map(Target::of).toList());
            } catch (StoreException e) {
                if (!S3Failures.isRefusal(e)) {
                    throw e;
                }
                log.info("The store takes no conditions with a delete: {}", e.getMessage());
                conditional = false;
            }
        }
        delete(versions.stream().map(ObjectInfo::key).toList());
        return List.of();
    }

    /** Returns the keys whose condition did not hold. */
    private List<ObjectKey> deleteAll(List<Target> targets) throws StoreException {
        if (targets.size() == 1) {
            return deleteEach(targets);
        }
        List<ObjectKey> changed = new ArrayList<>();
        for (List<Target> together : byRole(targets)) {
            for (int from = 0; from < together.size(); from += BATCH) {
                changed.addAll(deleteBatch(together.subList(from, Math.min(together.size(), from + BATCH))));
            }
        }
        return changed;
    }

    /** One request is made in one role. */
    private Collection<List<Target>> byRole(List<Target> targets) {
        return rules.isEmpty()
                ? List.of(targets)
                : targets.stream()
                        .collect(Collectors.groupingBy(
                                target -> Optional.ofNullable(
                                        rules.of(target.key()).role()),
                                LinkedHashMap::new,
                                Collectors.toList()))
                        .values();
    }

    private List<ObjectKey> deleteBatch(List<Target> targets) throws StoreException {
        List<ObjectKey> changed;
        Form attempt = form;
        StoreException refusal = null;
        while (true) {
            try {
                changed = switch (attempt) {
                    case BATCH, BATCH_WITH_MD5 -> deleteAtOnce(targets, attempt);
                    case SINGLE -> deleteEach(targets);
                };
                break;
            } catch (StoreException e) {
                if (attempt == Form.SINGLE || !S3Failures.isRefusal(e)) {
                    throw e;
                }
                refusal = e;
                attempt = attempt == Form.BATCH ? Form.BATCH_WITH_MD5 : Form.SINGLE;
            }
        }
        // Keys that XML cannot hold are the trouble of one batch only.
        if (refusal != null && !S3Failures.code(refusal).equals("MalformedXML")) {
            form = attempt;
            log.warn(
                    "The store refuses to delete as it was asked to; from now on: {} ({})",
                    attempt,
                    refusal.getMessage());
        }
        return changed;
    }

    private List<ObjectKey> deleteAtOnce(List<Target> targets, Form form) throws StoreException {
        String bucket = targets.getFirst().key().bucket();
        DeleteObjectsRequest.Builder request = DeleteObjectsRequest.builder()
                .bucket(bucket)
                .delete(Delete.builder()
                        .objects(targets.stream()
                                .map(target -> ObjectIdentifier.builder()
                                        .key(target.key().key())
                                        .eTag(target.etag())
                                        .build())
                                .toList())
                        .quiet(true)
                        .build());
        if (form == Form.BATCH_WITH_MD5) {
            request.overrideConfiguration(override -> override.addPlugin(LegacyMd5Plugin.create()));
        }
        String what = "DELETE of " + targets.size() + " objects of s3://" + bucket;
        DeleteObjectsResponse response = S3Failures.await(client.deleteObjects(request.build()), what);
        List<ObjectKey> changed = new ArrayList<>();
        List<S3Error> errors = new ArrayList<>();
        for (S3Error error : response.errors()) {
            switch (error.code()) {
                case "NoSuchKey" -> log.debug("{} was gone already", error.key());
                case "PreconditionFailed", "ConditionalRequestConflict" ->
                    changed.add(new ObjectKey(bucket, error.key()));
                case null, default -> errors.add(error);
            }
        }
        if (!errors.isEmpty()) {
            S3Error first = errors.getFirst();
            throw new StoreException(
                    S3Failures.failure(first.code() == null ? "" : first.code(), 0),
                    what + ": " + errors.size() + " were refused, the first of them " + first.key() + ": "
                            + first.code() + " " + first.message());
        }
        return changed;
    }

    private List<ObjectKey> deleteEach(List<Target> targets) throws StoreException {
        List<CompletableFuture<Optional<StoreException>>> requests =
                targets.stream().map(this::deleteOne).toList();
        boolean interrupted = Settled.await(requests, () -> {});
        List<ObjectKey> changed = new ArrayList<>();
        StoreException failure = null;
        for (int i = 0; i < requests.size(); i++) {
            StoreException one = requests.get(i).join().orElse(null);
            if (one != null && one.failure() == Failure.CONFLICT) {
                changed.add(targets.get(i).key());
            } else if (failure == null) {
                failure = one;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
        return changed;
    }

    /** Never fails: the failure is the result. */
    private CompletableFuture<Optional<StoreException>> deleteOne(Target target) {
        ObjectKey key = target.key();
        return singles.run(() -> client.deleteObject(DeleteObjectRequest.builder()
                        .bucket(key.bucket())
                        .key(key.key())
                        .ifMatch(target.etag())
                        .build()))
                .handle((_, thrown) -> {
                    if (thrown == null) {
                        return Optional.empty();
                    }
                    StoreException failure = S3Failures.of(thrown, "DELETE " + key);
                    if (failure.failure() != Failure.NOT_FOUND) {
                        return Optional.of(failure);
                    }
                    // Gone already. Any other 404 comes from something that is not the bucket.
                    return S3Failures.code(failure).equals("NoSuchKey")
                            ? Optional.empty()
                            : Optional.of(new StoreException(Failure.UNAVAILABLE, failure.getMessage(), failure));
                });
    }
}

package dev.slipway.core.store.objects;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.DeleteManyRequest;
import dev.slipway.core.s3.DeleteResult;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.FairLimit;
import dev.slipway.core.store.requests.Settled;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes objects: many at once if the store supports that, in the form that it accepts. */
final class Deletions {
    private static final Logger log = LoggerFactory.getLogger(Deletions.class);
    private static final int BATCH = 1000;
    private static final int SINGLE_IN_FLIGHT = 32;

    /** The forms of a delete; if the store refuses one, the next is tried. */
    enum Form {
        /** DeleteObjects, with the checksum that S3 requires. */
        BATCH,
        /** DeleteObjects with a Content-MD5, which older stores require. */
        BATCH_WITH_MD5,
        /** A DeleteObject for each key. */
        SINGLE
    }

    /**
     * An object to delete.
     *
     * @param etag the only version to delete; null for any
     */
    private record Target(ObjectKey key, @Nullable String etag) {
        static Target of(ObjectInfo version) {
            return new Target(version.key(), version.etag().isEmpty() ? null : version.etag());
        }
    }

    private final S3Operations client;
    private final FairLimit singles = new FairLimit(SINGLE_IN_FLIGHT);
    private volatile Form form = Form.BATCH;

    /** True until the store refuses a condition. Many stores ignore conditions without saying so. */
    private volatile boolean conditional = true;

    Deletions(S3Operations client) {
        this.client = client;
    }

    /** Deletes objects of one bucket. A key without an object is no error. Blocks. */
    void delete(List<ObjectKey> keys) throws StoreException {
        var _ = deleteAll(keys.stream().map(key -> new Target(key, null)).toList());
    }

    /**
     * Deletes versions of one bucket, if the store compares them; otherwise the current ones. Blocks.
     *
     * @return the keys that have another version
     */
    List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException {
        if (conditional) {
            try {
                return deleteAll(versions.stream().map(Target::of).toList());
            } catch (StoreException e) {
                if (!StoreFailures.isRefusal(e)) {
                    throw e;
                }
                log.info("The store does not support conditional deletes: {}", e.getMessage());
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
        for (int from = 0; from < targets.size(); from += BATCH) {
            changed.addAll(deleteBatch(targets.subList(from, Math.min(targets.size(), from + BATCH))));
        }
        return changed;
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
                if (attempt == Form.SINGLE || !StoreFailures.isRefusal(e)) {
                    throw e;
                }
                refusal = e;
                attempt = attempt == Form.BATCH ? Form.BATCH_WITH_MD5 : Form.SINGLE;
            }
        }
        // A key that XML cannot contain affects only its own batch, not the form.
        if (refusal != null && !StoreFailures.code(refusal).equals("MalformedXML")) {
            form = attempt;
            log.warn("The store refuses this kind of delete; using {} from now on ({})", attempt, refusal.getMessage());
        }
        return changed;
    }

    private List<ObjectKey> deleteAtOnce(List<Target> targets, Form form) throws StoreException {
        String bucket = targets.getFirst().key().bucket();
        DeleteManyRequest request = new DeleteManyRequest(
                bucket,
                targets.stream()
                        .map(target -> new DeleteManyRequest.Target(target.key().key(), target.etag()))
                        .toList(),
                form == Form.BATCH_WITH_MD5 ? DeleteManyRequest.Digest.MD5 : DeleteManyRequest.Digest.CHECKSUM);
        String what = "DELETE of " + targets.size() + " objects of s3://" + bucket;
        DeleteResult result = StoreFailures.await(client.deleteMany(request), what);
        List<ObjectKey> changed = new ArrayList<>();
        List<DeleteResult.Refusal> errors = new ArrayList<>();
        for (DeleteResult.Refusal refusal : result.refused()) {
            switch (refusal.code()) {
                case "NoSuchKey" -> log.debug("{} was already deleted", refusal.key());
                case "PreconditionFailed", "ConditionalRequestConflict" ->
                    changed.add(new ObjectKey(bucket, refusal.key()));
                default -> errors.add(refusal);
            }
        }
        if (!errors.isEmpty()) {
            DeleteResult.Refusal first = errors.getFirst();
            throw new StoreException(
                    first.error().failure(),
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

    /** Never fails: the result contains the failure. */
    private CompletableFuture<Optional<StoreException>> deleteOne(Target target) {
        ObjectKey key = target.key();
        return singles.run(() -> client.delete(key, target.etag())).handle((_, thrown) -> {
            if (thrown == null) {
                return Optional.empty();
            }
            StoreException failure = StoreFailures.of(thrown, "DELETE " + key);
            if (failure.failure() != Failure.NOT_FOUND) {
                return Optional.of(failure);
            }
            // The object does not exist any more. Any other 404 does not come from the bucket.
            return StoreFailures.is(failure, S3Error.NO_SUCH_KEY)
                    ? Optional.empty()
                    : Optional.of(new StoreException(Failure.UNAVAILABLE, failure.getMessage(), failure));
        });
    }
}

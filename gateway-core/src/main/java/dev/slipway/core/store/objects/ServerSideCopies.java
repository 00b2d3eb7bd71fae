package dev.slipway.core.store.objects;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.ByteRange;
import dev.slipway.core.s3.CopyRequest;
import dev.slipway.core.s3.CopyResult;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectDescription.ServerSideEncryption;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.StorageLocations;
import dev.slipway.core.s3.UploadPartCopyRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.requests.Extra;
import dev.slipway.core.store.requests.ObjectHeads;
import dev.slipway.core.store.requests.Settled;
import dev.slipway.core.store.requests.StoreCapabilities;
import dev.slipway.core.store.requests.StoreFailures;
import dev.slipway.core.store.upload.CreatedUpload;
import dev.slipway.core.store.upload.KeptAttributes;
import dev.slipway.core.store.upload.ObjectCommits;
import dev.slipway.core.store.upload.PartSizes;
import dev.slipway.core.store.upload.UploadRequests;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies objects on the store's side: small ones in one call, larger ones in parts.
 *
 * <p>One call could copy 5 GiB. But a store that copies slowly sends nothing until it is done, and silence is how a
 * dead store is detected. So copies have their own time-out (5 minutes by default), and one call copies no more than
 * even a slow disk does in that time.
 *
 * <p>A copy in parts keeps what CopyObject keeps: user metadata, the headers that describe the content, and tags.
 * Neither keeps storage class, encryption or ACL. The port's implementation adds what the storage policy of the
 * target's location requires. Within one such location an object keeps its storage class, whatever the policy says for
 * new objects. Without a policy, class and encryption are requested again; encryption only within one bucket, since
 * another bucket has its own defaults and keys.
 */
final class ServerSideCopies {
    private static final Logger log = LoggerFactory.getLogger(ServerSideCopies.class);

    /** The most bytes that one CopyObject copies: 256 MiB in 5 minutes is 0.9 MB/s. */
    static final long ONE_CALL_BYTES = 256L << 20;

    /** The part size of larger copies. The parts that are copied concurrently meet the time-out at 1.8 MB/s. */
    static final long PART_BYTES = 64L << 20;

    private static final String USUAL_CLASS = "STANDARD";

    /** The most bytes that one CopyObject can copy, for stores that cannot copy in parts. */
    private static final long LARGEST_CALL_BYTES = 5L << 30;

    private final S3Operations client;
    private final ObjectHeads heads;
    private final StoreCapabilities capabilities;
    private final UploadRequests requests;
    private final StorageLocations locations;
    private final long oneCallBytes;
    private final long partBytes;
    private final AtomicBoolean refusesParts = new AtomicBoolean();
    private final AtomicBoolean refusesTags = new AtomicBoolean();

    ServerSideCopies(
            S3Operations client,
            ObjectHeads heads,
            StoreCapabilities capabilities,
            UploadRequests requests,
            StorageLocations locations,
            long oneCallBytes,
            long partBytes) {
        this.client = client;
        this.heads = heads;
        this.capabilities = capabilities;
        this.requests = requests;
        this.locations = locations;
        this.oneCallBytes = oneCallBytes;
        this.partBytes = partBytes;
    }

    /**
     * Copies a version. Blocks until the store has confirmed it.
     *
     * @throws StoreException {@link Failure#CONFLICT} if the source is another version by now, or if the condition on
     *     the target does not hold; {@link Failure#ARCHIVED} if the source has to be restored first; {@link
     *     Failure#UNSUPPORTED} if source and target belong to different roles, and that of the target may not read the
     *     source
     */
    ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        try {
            return copyAsOwner(from, to, condition);
        } catch (StoreException e) {
            if (locations.haveSameCredentials(from.key(), to) || e.failure() != Failure.PERMISSION_DENIED) {
                throw e;
            }
            log.warn("{}: the role of the target may not read the source", e.getMessage());
            throw new StoreException(
                    Failure.UNSUPPORTED, e.getMessage() + ": the role of the target may not read the source", e);
        }
    }

    private ObjectInfo copyAsOwner(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        String what = "COPY " + from.key() + " to " + to;
        ObjectHead source = head(from, what);
        PartsRefusedException refusal = null;
        if (from.size() > oneCallBytes && source != null && !refusesParts.get()) {
            try {
                return copyInParts(from, source, to, condition, what);
            } catch (PartsRefusedException e) {
                refusal = e;
            }
        }
        if (from.size() > LARGEST_CALL_BYTES) {
            throw new StoreException(
                    Failure.UNSUPPORTED,
                    what + ": the store cannot copy in parts, and one call copies 5 GiB at most",
                    refusal);
        }
        ObjectInfo copy = copyInOneCall(from, source, to, condition, what);
        if (refusal != null && refusesParts.compareAndSet(false, true)) {
            log.warn("The store cannot copy in parts; large objects are copied in one call ({})", refusal.getMessage());
        }
        return copy;
    }

    /**
     * Returns what is stored with a version besides its bytes.
     *
     * @throws StoreException {@link Failure#CONFLICT} if it is another version by now
     */
    KeptAttributes attributes(ObjectInfo version) throws StoreException {
        String what = "HEAD " + version.key();
        ObjectHead head;
        try {
            head = head(version, what);
        } catch (StoreException e) {
            throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.CONFLICT, e.getMessage(), e) : e;
        }
        if (head == null) {
            throw new StoreException(Failure.PERMISSION_DENIED, what + ": the store does not show its attributes");
        }
        return new KeptAttributes(head.description().withTags(tags(version, what)));
    }

    /** The attributes of the source; null if the store allows GET but not HEAD. */
    private @Nullable ObjectHead head(ObjectInfo from, String what) throws StoreException {
        ObjectHead source;
        try {
            source = StoreFailures.await(client.head(HeadRequest.of(from.key()).withMatch(etag(from))), what);
        } catch (StoreException e) {
            if (e.failure() == Failure.PERMISSION_DENIED) {
                return null;
            }
            throw e;
        }
        if (etag(from) == null && from.size() != source.size()) {
            throw new StoreException(Failure.CONFLICT, what + ": the source was changed");
        }
        return source;
    }

    /** The ETag to compare with, or null if the store returned none. */
    private static @Nullable String etag(ObjectInfo version) {
        return version.etag().isEmpty() ? null : version.etag();
    }

    private ObjectInfo copyInOneCall(
            ObjectInfo from, @Nullable ObjectHead source, ObjectKey to, WriteCondition condition, String what)
            throws StoreException {
        CopyRequest request = CopyRequest.of(from.key(), to).withMatch(etag(from));
        if (source != null) {
            request = request.withStorage(storageClass(from, source, to), encryption(from, source, to));
        }
        CopyRequest unconditional = request;
        Set<Extra> wanted =
                ObjectCommits.isSent(condition) ? EnumSet.of(Extra.COPY_CONDITION) : EnumSet.noneOf(Extra.class);
        heads.require(condition, to);
        CopyResult result = StoreFailures.await(
                capabilities.send(
                        wanted,
                        extras -> client.copy(
                                extras.isEmpty()
                                        ? unconditional
                                        : unconditional.withCondition(ObjectCommits.precondition(condition)))),
                what);
        if (result.lastModified() == null || result.etag().isEmpty()) {
            return stored(to, what);
        }
        return new ObjectInfo(to, from.size(), result.etag(), result.lastModified());
    }

    /** Another bucket has its own defaults and keys. */
    private static ServerSideEncryption encryption(ObjectInfo from, ObjectHead source, ObjectKey to) {
        return isSameBucket(from, to) ? source.description().encryption() : ServerSideEncryption.UNSPECIFIED;
    }

    private ObjectInfo stored(ObjectKey to, String what) throws StoreException {
        return heads.head(to)
                .orElseThrow(() -> new StoreException(Failure.CONFLICT, what + ": the copy no longer exists"));
    }

    private static boolean isSameBucket(ObjectInfo from, ObjectKey to) {
        return from.key().bucket().equals(to.bucket());
    }

    /**
     * The class to request, or null for the one of the target's storage policy or, without one, the store's default.
     */
    private @Nullable String storageClass(ObjectInfo from, ObjectHead source, ObjectKey to) {
        String name = source.description().storageClass();
        boolean isUsual = name == null || name.equals(USUAL_CLASS);
        if (locations.hasOwnClass(to)) {
            // A HEAD does not name the default class.
            return !locations.isSameLocation(from.key(), to) ? null : isUsual ? USUAL_CLASS : name;
        }
        if (isUsual) {
            return null;
        }
        // Some classes exist only in one kind of bucket.
        return !isSameBucket(from, to)
                        && Set.of("EXPRESS_ONEZONE", "OUTPOSTS", "SNOW").contains(name)
                ? null
                : name;
    }

    /** The store does not support UploadPartCopy. */
    private static final class PartsRefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        PartsRefusedException(Throwable cause) {
            super(cause);
        }
    }

    private ObjectInfo copyInParts(
            ObjectInfo from, ObjectHead source, ObjectKey to, WriteCondition condition, String what)
            throws StoreException, PartsRefusedException {
        ObjectDescription description = source.description()
                .withStorageClass(storageClass(from, source, to))
                .withEncryption(encryption(from, source, to))
                .withTags(tags(from, what));
        CreatedUpload upload = create(to, description, what);
        boolean stored = false;
        try {
            List<UploadedPart> copied = copyParts(from, to, upload, what);
            var _ = requests.commits().complete(to, upload, copied, from.size(), null, condition);
            stored = true;
        } finally {
            if (!stored) {
                requests.aborts().abort(to, upload);
            }
        }
        return stored(to, what);
    }

    /** Waits in spite of an interrupt until it is known whether there is an upload to abort. */
    private CreatedUpload create(ObjectKey key, ObjectDescription description, String what) throws StoreException {
        CompletableFuture<CreatedUpload> creation = requests.create(key, description);
        boolean interrupted = Settled.await(List.of(creation), () -> {});
        CreatedUpload created = StoreFailures.await(creation, what);
        if (interrupted) {
            requests.aborts().abort(key, created);
            throw interrupted(what);
        }
        return created;
    }

    private static StoreException interrupted(String what) {
        Thread.currentThread().interrupt();
        return new StoreException(Failure.ABORTED, what + ": interrupted");
    }

    /** The tags of the source; none if the store does not support or does not return them. */
    private Map<String, String> tags(ObjectInfo from, String what) throws StoreException {
        if (refusesTags.get()) {
            return Map.of();
        }
        try {
            return StoreFailures.await(client.tags(from.key()), what);
        } catch (StoreException e) {
            if (e.failure() != Failure.NOT_FOUND
                    && e.failure() != Failure.PERMISSION_DENIED
                    && !StoreFailures.isRefusal(e)) {
                throw e;
            }
            if (e.failure() != Failure.NOT_FOUND && refusesTags.compareAndSet(false, true)) {
                log.warn("Tags cannot be read; objects that are copied in parts lose them ({})", e.getMessage());
            }
            return Map.of();
        }
    }

    private List<UploadedPart> copyParts(ObjectInfo from, ObjectKey to, CreatedUpload upload, String what)
            throws StoreException, PartsRefusedException {
        long part = Math.max(partBytes, from.size() / PartSizes.MAX_PARTS + 1);
        AtomicBoolean gaveUp = new AtomicBoolean();
        List<CompletableFuture<UploadedPart>> copies = new ArrayList<>();
        int number = 1;
        for (long offset = 0; offset < from.size(); offset += part, number++) {
            UploadPartCopyRequest request = new UploadPartCopyRequest(
                    from.key(),
                    etag(from),
                    new ByteRange(offset, Math.min(from.size() - offset, part)),
                    to,
                    upload.uploadId(),
                    number);
            copies.add(requests.copyPart(request, gaveUp::get).whenComplete((_, thrown) -> {
                if (thrown != null) {
                    gaveUp.set(true);
                }
            }));
        }
        boolean interrupted = Settled.await(copies, () -> gaveUp.set(true));
        if (interrupted) {
            throw interrupted(what);
        }
        List<UploadedPart> copied = new ArrayList<>();
        for (CompletableFuture<UploadedPart> copy : copies) {
            if (!copy.isCompletedExceptionally()) {
                copied.add(copy.join());
            } else if (!(copy.exceptionNow() instanceof CancellationException)) {
                throw partFailed(copy.exceptionNow(), what);
            }
        }
        return copied;
    }

    private static StoreException partFailed(Throwable thrown, String what) throws PartsRefusedException {
        if (StoreFailures.isRefusal(thrown)) {
            throw new PartsRefusedException(thrown);
        }
        StoreException failure = StoreFailures.of(thrown, what);
        // To the client, a lost upload is not a missing file.
        return StoreFailures.is(failure, S3Error.NO_SUCH_UPLOAD)
                ? new StoreException(Failure.UNAVAILABLE, failure.getMessage(), failure)
                : failure;
    }
}

package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.CompleteMultipartUploadRequest;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.MultipartEtag;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.requests.Extra;
import dev.slipway.core.store.requests.ObjectHeads;
import dev.slipway.core.store.requests.StoreCapabilities;
import dev.slipway.core.store.requests.StoreFailures;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests that make an object visible: a PUT, or the completion of a multipart upload. */
public final class ObjectCommits {
    private static final Logger log = LoggerFactory.getLogger(ObjectCommits.class);

    private final S3Operations client;
    private final boolean checksums;
    private final ObjectHeads heads;
    private final StoreCapabilities refused;
    private final UploadJournal journal;
    private final UploadAborts aborts;

    /** @param checksums whether bytes are sent with their CRC-32 */
    ObjectCommits(
            S3Operations client,
            boolean checksums,
            ObjectHeads heads,
            StoreCapabilities refused,
            UploadJournal journal,
            UploadAborts aborts) {
        this.client = client;
        this.checksums = checksums;
        this.heads = heads;
        this.refused = refused;
        this.journal = journal;
        this.aborts = aborts;
    }

    /**
     * Completes an upload. Blocks.
     *
     * @param crc the CRC-32 of all bytes
     * @return the version that was written
     */
    StoredVersion complete(
            ObjectKey key,
            CreatedUpload upload,
            List<UploadedPart> completed,
            long bytes,
            int crc,
            WriteCondition condition)
            throws StoreException {
        return complete(
                key,
                upload,
                completed,
                bytes,
                upload.wholeObjectChecksum() ? ObjectChecksums.base64(crc) : null,
                condition);
    }

    /**
     * Completes an upload. Blocks.
     *
     * @param checksum the CRC-32 of the whole object, or null if the upload has none
     * @return the version that was written
     */
    public StoredVersion complete(
            ObjectKey key,
            CreatedUpload upload,
            List<UploadedPart> completed,
            long bytes,
            @Nullable String checksum,
            WriteCondition condition)
            throws StoreException {
        EnumSet<Extra> wanted = EnumSet.of(Extra.COMPLETE_CONDITION);
        if (checksum != null) {
            wanted.add(Extra.WHOLE_OBJECT_CHECKSUM);
        }
        if (!isSent(condition)) {
            wanted.remove(Extra.COMPLETE_CONDITION);
        }
        String what = "COMPLETE of " + key;
        if (!journal.claim(upload.journalId())) {
            throw new StoreException(Failure.CONFLICT, what + ": another gateway has resumed this upload");
        }
        heads.require(condition, key);
        MultipartEtag.of(completed).ifPresent(expected -> journal.completing(upload.journalId(), expected));
        StoredVersion version;
        try {
            version = StoreFailures.await(
                    refused.send(
                            wanted,
                            extras -> client.completeMultipartUpload(new CompleteMultipartUploadRequest(
                                    key,
                                    upload.uploadId(),
                                    completed,
                                    extras.contains(Extra.COMPLETE_CONDITION)
                                            ? precondition(condition)
                                            : Precondition.NONE,
                                    extras.contains(Extra.WHOLE_OBJECT_CHECKSUM) ? checksum : null))),
                    what);
        } catch (StoreException e) {
            version = completedAfterAll(key, completed, bytes, checksum, e);
            // If the object had the same bytes before, the upload may still exist.
            aborts.abort(key, upload);
            return version;
        }
        try {
            journal.ended(upload.journalId());
        } catch (RuntimeException e) {
            // The object is stored; the sweeper will find that the upload has ended.
            log.warn("{}: its row in the journal could not be removed", what, e);
        }
        return version;
    }

    /**
     * Finds out whether a failed completion has succeeded after all: a lost answer, or a retry of the SDK that no
     * longer found the upload, does not tell. A multipart ETag is computed from the parts' ETags; if the store encrypts
     * with keys other than its own, it is not, and the CRC-32 of the whole object is compared instead.
     *
     * @param checksum the CRC-32 of the whole object, or null if the upload has none
     */
    private StoredVersion completedAfterAll(
            ObjectKey key, List<UploadedPart> completed, long bytes, @Nullable String checksum, StoreException e)
            throws StoreException {
        boolean unclear = e.failure() == Failure.UNAVAILABLE
                || e.failure() == Failure.NOT_FOUND
                || StoreFailures.isOfRepeatedRequest(e);
        if (!unclear) {
            throw lost(e);
        }
        ObjectHead found;
        try {
            found = StoreFailures.await(
                    client.head(HeadRequest.of(key).withChecksums(checksum != null)),
                    "HEAD " + key,
                    Duration.ofMinutes(1));
        } catch (StoreException again) {
            e.addSuppressed(again);
            throw lost(e);
        }
        boolean same = Optional.of(found.etag()).equals(MultipartEtag.of(completed))
                || (checksum != null
                        && found.checksums().type() == ObjectChecksums.Type.FULL_OBJECT
                        && checksum.equals(found.checksums().crc32()));
        if (!same || bytes != found.size()) {
            throw lost(e);
        }
        log.info("The store completed {} although its answer was lost: {}", key, e.getMessage());
        return StoredVersion.of(found.etag());
    }

    /** To the client, a lost upload is not a missing file. */
    private static StoreException lost(StoreException e) {
        return e.failure() == Failure.NOT_FOUND
                ? new StoreException(Failure.UNAVAILABLE, e.getMessage() + ": the store lost the upload", e)
                : e;
    }

    /**
     * Stores an object in one request. Blocks.
     *
     * @param crc the CRC-32 of all bytes
     * @return the version that was written
     */
    public StoredVersion put(
            ObjectKey key,
            ObjectAttributes attributes,
            @Nullable KeptAttributes kept,
            RequestBody body,
            int crc,
            WriteCondition condition)
            throws StoreException {
        ObjectDescription description =
                kept == null ? ObjectDescription.of(attributes.metadata()) : kept.with(attributes);
        EnumSet<Extra> wanted = checksums ? EnumSet.of(Extra.CHECKSUM) : EnumSet.noneOf(Extra.class);
        if (isSent(condition)) {
            wanted.add(Extra.PUT_CONDITION);
        }
        heads.require(condition, key);
        String what = "PUT " + key;
        try {
            return StoreFailures.await(
                    UploadRequests.undamaged(
                            what,
                            () -> refused.send(
                                    wanted,
                                    extras -> client.put(
                                            new PutRequest(
                                                    key,
                                                    description,
                                                    extras.contains(Extra.PUT_CONDITION)
                                                            ? precondition(condition)
                                                            : Precondition.NONE,
                                                    extras.contains(Extra.CHECKSUM)
                                                            ? ObjectChecksums.base64(crc)
                                                            : null),
                                            body))),
                    what);
        } catch (StoreException e) {
            if (isOwnRetry(key, body.bytes(), crc, e)) {
                return heads.head(key)
                        .map(found -> StoredVersion.of(found.etag()))
                        .orElseThrow(() -> e);
            }
            throw e.failure() == Failure.NOT_FOUND
                    ? new StoreException(Failure.UNAVAILABLE, e.getMessage(), e)
                    : UploadRequests.named(e);
        }
    }

    /** A conditional PUT whose first answer was lost finds its own object when the SDK retries. */
    private boolean isOwnRetry(ObjectKey key, long bytes, int crc, StoreException e) throws StoreException {
        if (e.failure() != Failure.CONFLICT || !StoreFailures.isOfRepeatedRequest(e)) {
            return false;
        }
        ObjectHead found = StoreFailures.await(client.head(HeadRequest.of(key).withChecksums(true)), "HEAD " + key);
        return bytes == found.size()
                && ObjectChecksums.base64(crc).equals(found.checksums().crc32());
    }

    /**
     * Whether the store can be asked to check the condition: an empty ETag, which some stores return, cannot be
     * compared.
     */
    public static boolean isSent(WriteCondition condition) {
        return !(precondition(condition) instanceof Precondition.None);
    }

    /** The part of a condition that the store is asked to check. */
    public static Precondition precondition(WriteCondition condition) {
        return switch (condition) {
            case WriteCondition.Always _ -> Precondition.NONE;
            case WriteCondition.IfAbsent _, WriteCondition.StillAbsent _ -> Precondition.IF_ABSENT;
            case WriteCondition.IfMatch match ->
                match.etag().isEmpty() ? Precondition.NONE : new Precondition.IfMatch(match.etag());
        };
    }
}

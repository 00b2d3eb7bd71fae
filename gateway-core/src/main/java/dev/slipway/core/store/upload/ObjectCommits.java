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
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.requests.Extra;
import dev.slipway.core.store.requests.ObjectHeads;
import dev.slipway.core.store.requests.StoreCapabilities;
import dev.slipway.core.store.requests.StoreFailures;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests that make an object visible: a PUT, or the completion of a multipart upload. */
public final class ObjectCommits {
    private static final Logger log = LoggerFactory.getLogger(ObjectCommits.class);

    /** The limit for the lookup of an object after a lost answer: its client waits, and others wait for the path. */
    private static final Duration LOOKUP = Duration.ofSeconds(30);

    /** The assumed maximum difference between the store's clock and the gateway's. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    private final S3Operations client;
    private final boolean checksums;
    private final ObjectHeads heads;
    private final StoreCapabilities capabilities;
    private final UploadJournal journal;
    private final UploadAborts aborts;

    /** @param checksums whether bytes are sent with their CRC-32 */
    ObjectCommits(
            S3Operations client,
            boolean checksums,
            ObjectHeads heads,
            StoreCapabilities capabilities,
            UploadJournal journal,
            UploadAborts aborts) {
        this.client = client;
        this.checksums = checksums;
        this.heads = heads;
        this.capabilities = capabilities;
        this.journal = journal;
        this.aborts = aborts;
    }

    /**
     * Completes an upload. Blocks.
     *
     * @param crc the CRC-32 of all bytes
     * @param origin for those who are told of it; null if nobody is
     * @return the version that was written
     */
    StoredVersion complete(
            ObjectKey key,
            CreatedUpload upload,
            List<UploadedPart> completed,
            long bytes,
            int crc,
            WriteCondition condition,
            @Nullable UploadOrigin origin)
            throws StoreException {
        return complete(
                key,
                upload,
                completed,
                bytes,
                upload.wholeObjectChecksum() ? ObjectChecksums.base64(crc) : null,
                condition,
                origin);
    }

    /**
     * Completes an upload without announcing it. Blocks.
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
        return complete(key, upload, completed, bytes, checksum, condition, null);
    }

    private StoredVersion complete(
            ObjectKey key,
            CreatedUpload upload,
            List<UploadedPart> completed,
            long bytes,
            @Nullable String checksum,
            WriteCondition condition,
            @Nullable UploadOrigin origin)
            throws StoreException {
        EnumSet<Extra> wanted = EnumSet.of(Extra.COMPLETE_CONDITION);
        if (checksum != null) {
            wanted.add(Extra.WHOLE_OBJECT_CHECKSUM);
        }
        if (!isSent(condition)) {
            wanted.remove(Extra.COMPLETE_CONDITION);
        }
        String what = "COMPLETE of " + key;
        String row = upload.journalId();
        if (!journal.claim(row)) {
            throw new StoreException(Failure.CONFLICT, what + ": another gateway has resumed this upload");
        }
        heads.require(condition, key);
        boolean announced = origin != null && journal.announces();
        ExpectedObject expected = new ExpectedObject(MultipartEtag.of(completed).orElse(""), checksum, bytes);
        if (announced || !expected.etag().isEmpty()) {
            journal.completing(row, expected, origin);
        }
        try {
            StoredVersion version = StoreFailures.await(
                    capabilities.send(
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
            recording(what, () -> journal.stored(row, version));
            return version;
        } catch (StoreException e) {
            boolean unclear = isUnclear(e);
            if (unclear) {
                Optional<StoredVersion> found = completedAfterAll(key, expected, e);
                if (found.isPresent()) {
                    aborts.completed(key, upload, found.get());
                    return found.get();
                }
            } else if (announced) {
                recording(what, () -> journal.refused(row));
            }
            throw lost(e);
        }
    }

    /** Records what became of a request. If the database fails, the sweeper records it later. */
    private static void recording(String what, Runnable change) {
        try {
            change.run();
        } catch (RuntimeException e) {
            log.warn("{}: its outcome could not be recorded in the journal yet", what, e);
        }
    }

    /** Whether the store may have done what it was asked to. */
    private static boolean isUnclear(StoreException e) {
        return switch (e.failure()) {
            case UNAVAILABLE, ABORTED, INTERNAL, NOT_FOUND -> true;
            default -> StoreFailures.isOfRepeatedRequest(e);
        };
    }

    /**
     * Finds out whether a failed completion has succeeded after all: a lost answer, or a retry of the SDK that no
     * longer found the upload, does not tell.
     *
     * @return empty if it has not, or nobody knows
     */
    private Optional<StoredVersion> completedAfterAll(ObjectKey key, ExpectedObject expected, StoreException e) {
        boolean isAsked = e.failure() == Failure.UNAVAILABLE
                || e.failure() == Failure.NOT_FOUND
                || StoreFailures.isOfRepeatedRequest(e);
        if (!isAsked) {
            return Optional.empty();
        }
        try {
            Optional<StoredVersion> found = find(key, expected, Instant.EPOCH);
            found.ifPresent(
                    _ -> log.info("The store completed {} although its answer was lost: {}", key, e.getMessage()));
            return found;
        } catch (StoreException again) {
            e.addSuppressed(again);
            return Optional.empty();
        }
    }

    /** Looks for an object that the store may have. Blocks. */
    public Optional<StoredVersion> find(UploadJournal.Commit commit) throws StoreException {
        return find(commit.key(), commit.expected(), commit.asked());
    }

    /** @param asked it was written no earlier; identical bytes may have been there before */
    private Optional<StoredVersion> find(ObjectKey key, ExpectedObject expected, Instant asked) throws StoreException {
        ObjectHeads lookup = heads.within(LOOKUP);
        Optional<ObjectInfo> found = lookup.head(key);
        if (found.isEmpty() || isOlder(found.get(), asked) || !isSame(found.get(), expected, lookup)) {
            return Optional.empty();
        }
        return Optional.of(StoredVersion.of(found.get().etag()));
    }

    /** Stores that do not tell the time are given the benefit of the doubt. */
    private static boolean isOlder(ObjectInfo found, Instant asked) {
        return !found.lastModified().equals(Instant.EPOCH)
                && found.lastModified().plus(CLOCK_SKEW).isBefore(asked);
    }

    /**
     * A multipart ETag is computed from the parts' ETags, and that of a PUT is an MD5; if the store encrypts with keys
     * other than its own, it is neither, and the CRC-32 of the whole object is compared instead.
     */
    private static boolean isSame(ObjectInfo found, ExpectedObject expected, ObjectHeads lookup) throws StoreException {
        if (expected.bytes() >= 0 && expected.bytes() != found.size()) {
            return false;
        }
        if (!expected.etag().isEmpty() && expected.etag().equals(found.etag())) {
            return true;
        }
        if (expected.crc32() == null) {
            return false;
        }
        try {
            return lookup.crc32(found).equals(OptionalInt.of(ObjectChecksums.crc32(expected.crc32())));
        } catch (StoreException e) {
            if (e.failure() == Failure.CONFLICT) {
                return false;
            }
            throw e;
        }
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
                            () -> capabilities.send(
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

    /**
     * Stores the object of an upload in one request. Blocks. If somebody is told of the upload, the journal has a row of it
     * before the store is asked; otherwise this writes none.
     *
     * @param noted the row that the upload has already, if any; removed if the object was stored, and left to be resumed or
     *     swept if the answer was lost
     * @param origin for those who are told of it; null if nobody is
     */
    StoredVersion put(
            ObjectKey key,
            ObjectAttributes attributes,
            @Nullable KeptAttributes kept,
            RequestBody body,
            int crc,
            WriteCondition condition,
            Optional<CompletableFuture<String>> noted,
            @Nullable UploadOrigin origin)
            throws StoreException {
        String what = "PUT " + key;
        if (origin == null || !journal.announces()) {
            StoredVersion version = put(key, attributes, kept, body, crc, condition);
            // Before success is reported: a remaining row would show the account an interrupted upload.
            noted.ifPresent(row -> recording(what, () -> journal.ended(row.join())));
            return version;
        }
        ExpectedObject expected = new ExpectedObject(
                "\"" + HexFormat.of().formatHex(UploadRequests.md5(body)) + "\"",
                ObjectChecksums.base64(crc),
                body.bytes());
        String row = noted.isPresent() ? row(noted.get(), key) : journal.putting(key, expected, origin);
        if (noted.isPresent()) {
            journal.completing(row, expected, origin);
        }
        try {
            StoredVersion version = put(key, attributes, kept, body, crc, condition);
            recording(what, () -> journal.stored(row, version));
            return version;
        } catch (StoreException e) {
            if (!isUnclear(e)) {
                recording(what, () -> journal.refused(row));
            } else if (noted.isEmpty()) {
                recording(what, () -> journal.unanswered(row));
            }
            throw e;
        }
    }

    private static String row(CompletableFuture<String> noted, ObjectKey key) throws StoreException {
        try {
            return noted.join();
        } catch (CompletionException e) {
            throw StoreFailures.of(e, "the journal of " + key);
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

package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.ByteRange;
import dev.slipway.core.s3.CreateMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.CreatedMultipartUpload;
import dev.slipway.core.s3.GetRequest;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadPartCopyRequest;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.requests.Extra;
import dev.slipway.core.store.requests.FairLimit;
import dev.slipway.core.store.requests.ObjectHeads;
import dev.slipway.core.store.requests.StoreCapabilities;
import dev.slipway.core.store.requests.StoreFailures;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of multipart uploads, which the journal lists while they are in progress. {@link #commits} makes them
 * objects, {@link #aborts} ends them without.
 */
public final class UploadRequests {
    private static final Logger log = LoggerFactory.getLogger(UploadRequests.class);

    /**
     * The most parts in flight. So many saturate a fast network; more would only slow down each of them, and some of
     * them much more than others.
     */
    private static final int PARTS_IN_FLIGHT = 32;

    /** How often bytes are sent in all if the store reports that they were damaged in transit. */
    private static final int ATTEMPTS = 3;

    /** The most parts that the store copies at once. */
    private static final int COPIES_IN_FLIGHT = 8;

    private final S3Operations client;
    private final boolean checksums;
    private final StoreCapabilities capabilities;
    private final UploadJournal journal;
    private final ExecutorService executor;
    private final UploadAborts aborts;
    private final ObjectCommits commits;
    private final FairLimit partsInFlight = new FairLimit(PARTS_IN_FLIGHT);
    private final FairLimit copiesInFlight = new FairLimit(COPIES_IN_FLIGHT);

    /**
     * Makes no request.
     *
     * @param checksums whether bytes are sent with their CRC-32
     * @param executor for work that may block
     */
    public UploadRequests(
            S3Operations client,
            boolean checksums,
            ObjectHeads heads,
            StoreCapabilities capabilities,
            UploadJournal journal,
            ExecutorService executor) {
        this.client = client;
        this.checksums = checksums;
        this.capabilities = capabilities;
        this.journal = journal;
        this.executor = executor;
        this.aborts = new UploadAborts(client, journal, executor);
        this.commits = new ObjectCommits(client, checksums, heads, capabilities, journal, aborts);
    }

    /** The requests that end uploads without an object. */
    public UploadAborts aborts() {
        return aborts;
    }

    /** The requests that make objects visible. */
    public ObjectCommits commits() {
        return commits;
    }

    /** Records an upload in the journal. Returns the row. */
    CompletableFuture<String> note(ObjectKey key, UploadOwner owner) {
        return CompletableFuture.supplyAsync(() -> journal.starting(key, owner), executor);
    }

    /** Removes, in the background, the row of an upload without parts in the store. */
    void forgetLater(CompletableFuture<String> row) {
        var _ = row.thenAcceptAsync(this::forget, executor);
    }

    private void forget(String row) {
        if (journal.aborting(row)) {
            journal.ended(row);
        }
    }

    /** Records that the upload of a row was interrupted. */
    void suspend(String row, long bytes, @Nullable Instant modified) {
        journal.interrupted(row, bytes, modified);
    }

    /** Creates a multipart upload; if that fails, leaves its row in the journal to the sweeper. */
    CompletableFuture<CreatedUpload> create(
            ObjectKey key, ObjectAttributes attributes, @Nullable KeptAttributes kept, CompletableFuture<String> row) {
        if (kept != null) {
            return createForCopies(key, kept.with(attributes), row);
        }
        ObjectDescription description = ObjectDescription.of(attributes.metadata());
        Set<Extra> wanted =
                checksums ? EnumSet.of(Extra.CHECKSUM, Extra.WHOLE_OBJECT_CHECKSUM) : EnumSet.noneOf(Extra.class);
        return create(
                key,
                row,
                false,
                () -> capabilities.send(
                        wanted,
                        extras -> client.createMultipartUpload(
                                new CreateMultipartUploadRequest(key, description, partChecksums(extras)))));
    }

    private static PartChecksums partChecksums(Set<Extra> extras) {
        if (!extras.contains(Extra.CHECKSUM)) {
            return PartChecksums.NONE;
        }
        return extras.contains(Extra.WHOLE_OBJECT_CHECKSUM) ? PartChecksums.CRC32_OF_WHOLE_OBJECT : PartChecksums.CRC32;
    }

    /** Starts an upload for no account, whose parts have no checksums. */
    public CompletableFuture<CreatedUpload> create(ObjectKey key, ObjectDescription description) {
        return createForCopies(key, description, note(key, UploadOwner.NOBODY));
    }

    /**
     * Without checksums: MinIO copies no parts to an upload that has them, and other stores then require one for each
     * part at completion.
     */
    private CompletableFuture<CreatedUpload> createForCopies(
            ObjectKey key, ObjectDescription description, CompletableFuture<String> row) {
        return create(
                key,
                row,
                true,
                () -> client.createMultipartUpload(
                        new CreateMultipartUploadRequest(key, description, PartChecksums.NONE)));
    }

    /**
     * Records the upload in the journal before the store is asked to create it, and its upload id before any part is
     * sent.
     */
    private CompletableFuture<CreatedUpload> create(
            ObjectKey key,
            CompletableFuture<String> noted,
            boolean copies,
            Supplier<CompletableFuture<CreatedMultipartUpload>> send) {
        return noted.thenCompose(row -> send.get()
                        .thenApplyAsync(
                                created -> {
                                    journal.started(row, created.uploadId());
                                    if (created.possiblyMade() > 1) {
                                        noteNameless(key);
                                    }
                                    return new CreatedUpload(
                                            created.uploadId(), row, !copies && created.wholeObjectChecksum(), copies);
                                },
                                executor)
                        .whenComplete((_, thrown) -> {
                            if (thrown != null) {
                                // The store may have created the upload nevertheless.
                                journal.abandoned(row);
                            }
                        }))
                .exceptionallyCompose(thrown -> CompletableFuture.failedFuture(
                        named(StoreFailures.of(thrown, "CREATE of an upload of " + key))));
    }

    /** Leaves an upload to the sweeper that the store may have created in addition, whose id was in a lost answer. */
    private void noteNameless(ObjectKey key) {
        try {
            journal.abandoned(journal.starting(key, UploadOwner.NOBODY));
        } catch (RuntimeException e) {
            log.warn("{}: an upload whose id is unknown may be left in the store", key, e);
        }
    }

    /**
     * Sends a part.
     *
     * @param crc the CRC-32 of the bytes
     */
    CompletableFuture<UploadedPart> uploadPart(
            ObjectKey key, CreatedUpload upload, int partNumber, RequestBody body, int crc) {
        String what = "part " + partNumber + " of " + key;
        if (upload.copies()) {
            String md5 = checksums ? Base64.getEncoder().encodeToString(md5(body)) : null;
            return partsInFlight.run(() -> undamaged(
                    what,
                    () -> client.uploadPart(
                            new UploadPartRequest(key, upload.uploadId(), partNumber, null, md5), body)));
        }
        return partsInFlight.run(() -> undamaged(
                what,
                () -> capabilities.send(wantedChecksum(), extras -> {
                    String checksum = extras.contains(Extra.CHECKSUM) ? ObjectChecksums.base64(crc) : null;
                    return client.uploadPart(
                            new UploadPartRequest(key, upload.uploadId(), partNumber, checksum, null), body);
                })));
    }

    static byte[] md5(RequestBody body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            body.views().forEach(digest::update);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    /** Sends bytes that are in memory; repeats that if the store reports that they were damaged in transit. */
    static <T> CompletableFuture<T> undamaged(String what, Supplier<CompletableFuture<T>> send) {
        return undamaged(what, send, 1);
    }

    private static <T> CompletableFuture<T> undamaged(String what, Supplier<CompletableFuture<T>> send, int attempt) {
        return send.get().exceptionallyCompose(thrown -> {
            StoreException cause = StoreFailures.of(thrown, what);
            if (cause.failure() != Failure.INTEGRITY || attempt == ATTEMPTS) {
                return CompletableFuture.failedFuture(thrown);
            }
            log.warn("{}; sending it again, attempt {} of {}", cause.getMessage(), attempt + 1, ATTEMPTS);
            return undamaged(what, send, attempt + 1);
        });
    }

    /**
     * Has the store copy bytes of a version of the same object to a part.
     *
     * @param to the offset after the last byte
     * @param unwanted called when its turn comes; if true, the copy is not requested
     */
    CompletableFuture<UploadedPart> copyPart(
            ObjectKey key,
            CreatedUpload upload,
            int partNumber,
            BaseVersion base,
            long from,
            long to,
            BooleanSupplier unwanted) {
        return copyPart(
                new UploadPartCopyRequest(
                        key, base.etag(), new ByteRange(from, to - from), key, upload.uploadId(), partNumber),
                unwanted);
    }

    /** Copies a part, unless it is no longer wanted when its turn comes. Does not block. */
    public CompletableFuture<UploadedPart> copyPart(UploadPartCopyRequest request, BooleanSupplier unwanted) {
        return copiesInFlight.run(() -> unwanted.getAsBoolean()
                ? CompletableFuture.failedFuture(new CancellationException())
                : client.uploadPartCopy(request));
    }

    /**
     * Reads bytes of a version.
     *
     * @param length at least 1
     * @param target receives all bytes, each once and in order; must not block
     */
    CompletableFuture<ObjectHead> read(
            ObjectKey key, BaseVersion base, long offset, long length, Consumer<ByteBuffer> target) {
        return client.get(
                GetRequest.of(key).withMatch(base.etag()).withRange(new ByteRange(offset, length)), new BodyReceiver() {
                    @Override
                    public boolean begin(ObjectHead head) {
                        return true;
                    }

                    @Override
                    public void receive(ByteBuffer data) {
                        target.accept(data);
                    }
                });
    }

    /** Records the checksum of a stored part, for resuming the upload; returns the part. */
    CompletableFuture<UploadedPart> notePart(CreatedUpload upload, UploadedPart part, int crc) {
        if (part.crc32() == null) {
            return CompletableFuture.completedFuture(part);
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        journal.partStored(upload.journalId(), part.partNumber(), crc);
                    } catch (RuntimeException e) {
                        // If the store lists the checksum, nothing is lost; otherwise a resumed upload sends the part
                        // again.
                        if (!StateException.isCauseOf(e)) {
                            log.warn("The checksum of a part could not be noted", e);
                        }
                    }
                    return part;
                },
                executor);
    }

    private EnumSet<Extra> wantedChecksum() {
        return checksums ? EnumSet.of(Extra.CHECKSUM) : EnumSet.noneOf(Extra.class);
    }

    /** A request that starts an object differs from accepted ones only in its key, so a refusal means the key. */
    static StoreException named(StoreException e) {
        return StoreFailures.is(e, S3Error.INVALID_ARGUMENT)
                ? new StoreException(Failure.NAME_INVALID, e.getMessage(), e)
                : e;
    }
}

package dev.slipway.core.store.objects;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.s3.Done;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ListMultipartUploadsRequest;
import dev.slipway.core.s3.MultipartUploadPage;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectLabels;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectTags;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.PendingUpload;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.ReadReservation;
import dev.slipway.core.store.ReadReservations;
import dev.slipway.core.store.RequestSigner;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.requests.ObjectHeads;
import dev.slipway.core.store.requests.StoreCapabilities;
import dev.slipway.core.store.requests.StoreFailures;
import dev.slipway.core.store.upload.InterruptedUploads;
import dev.slipway.core.store.upload.KeptAttributes;
import dev.slipway.core.store.upload.MultipartUpload;
import dev.slipway.core.store.upload.PartSizes;
import dev.slipway.core.store.upload.UploadRequests;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An {@link ObjectStore} on any implementation of S3's operations. */
public final class S3ObjectStore implements ObjectStore, ObjectSources, ObjectTags, ReadReservations {
    private static final Logger log = LoggerFactory.getLogger(S3ObjectStore.class);

    /** Amazon S3 User Guide, categorizing your storage using tags. */
    private static final int MAX_TAGS = 10;

    private final S3Operations client;
    private final RequestSigner signer;
    private final int maxCopies;
    private final PartPool parts;
    private final PartPool readAhead;
    private final PartSizes sizes;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /** Most uploads end sooner and need no row in the journal. */
    private final Executor later = CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS);

    private final ObjectHeads heads;
    private final ObjectListings listings;
    private final UploadRequests requests;
    private final InterruptedUploads interrupted;
    private final ServerSideCopies copies;
    private final Deletions deletions;
    private final Duration admissionWait = Duration.ofSeconds(30);
    private final long copyPart;

    /**
     * Makes no request.
     *
     * @param client performs the operations; closed with this
     * @param signer signs requests for others
     * @param parts memory for uploads; its budget determines the largest object
     * @param sizes the sizes of the parts of uploads
     * @param readAhead memory for downloads
     */
    public S3ObjectStore(
            S3Operations client,
            RequestSigner signer,
            StoreOptions options,
            PartPool parts,
            PartSizes sizes,
            PartPool readAhead,
            UploadJournal journal) {
        this.client = client;
        this.signer = signer;
        this.maxCopies = options.copiesAtOnce();
        this.parts = parts;
        this.readAhead = readAhead;
        this.sizes = sizes;
        this.copyPart = options.copyPart();
        this.heads = new ObjectHeads(client, options.answerLimit());
        this.listings = new ObjectListings(client, options.answerLimit());
        StoreCapabilities capabilities = new StoreCapabilities();
        this.requests = new UploadRequests(client, options.checksums(), heads, capabilities, journal, executor);
        this.interrupted = new InterruptedUploads(client, journal, requests, parts, sizes);
        this.copies = new ServerSideCopies(
                client, heads, capabilities, requests, options.locations(), options.copyLimit(), options.copyPart());
        this.deletions = new Deletions(client);
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        return heads.head(key);
    }

    @Override
    public void addTags(ObjectKey key, Map<String, String> added) throws StoreException {
        String what = "tagging " + key;
        Map<String, String> tags = new HashMap<>(StoreFailures.await(client.tags(key), what));
        tags.putAll(added);
        if (tags.size() > MAX_TAGS) {
            throw new StoreException(
                    Failure.UNSUPPORTED, key + " would have " + tags.size() + " tags; S3 allows " + MAX_TAGS);
        }
        Done _ = StoreFailures.await(client.putTags(key, tags), what);
    }

    @Override
    public Optional<ObjectLabels> labels(ObjectKey key, boolean withTags) throws StoreException {
        try {
            ObjectHead head = StoreFailures.await(client.head(HeadRequest.of(key)), "HEAD " + key);
            Map<String, String> tags =
                    withTags ? StoreFailures.await(client.tags(key), "reading the tags of " + key) : Map.of();
            return Optional.of(new ObjectLabels(head.etag(), head.description().contentType(), tags));
        } catch (StoreException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public OptionalInt crc32(ObjectInfo version) throws StoreException {
        return heads.crc32(version);
    }

    @Override
    public ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException {
        return listings.list(bucket, prefix, delimited, cursor, limit);
    }

    @Override
    public ObjectPage listAfter(ObjectKey after, String prefix, boolean delimited, int limit) throws StoreException {
        return listings.listAfter(after, prefix, delimited, limit);
    }

    @Override
    public Optional<ObjectReader> open(ObjectKey key, long offset, String account) throws StoreException {
        MemorySlot slot = readAhead.admit(account, RangedReader.FIRST_RANGE_BYTES, Duration.ZERO);
        RangedReader reader = new RangedReader(client, key, offset, slot);
        RangedReader.Opening opening;
        try {
            opening = reader.open();
        } catch (StoreException | RuntimeException e) {
            reader.close();
            throw e;
        }
        if (opening == RangedReader.Opening.OPEN) {
            return Optional.of(reader);
        }
        reader.close();
        if (opening == RangedReader.Opening.ABSENT) {
            return Optional.empty();
        }
        // An empty object satisfies no range, and an object that ends before the offset not this one.
        Optional<ObjectInfo> found = head(key);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(read(
                        found.get(),
                        Math.min(offset, found.get().size()),
                        found.get().size(),
                        account,
                        Duration.ZERO));
    }

    @Override
    public ObjectReader read(ObjectInfo version, long offset, String account) throws StoreException {
        if (offset < 0 || offset > version.size()) {
            throw new IllegalArgumentException("offset " + offset + " is outside of 0.." + version.size());
        }
        return read(version, offset, version.size(), account, admissionWait);
    }

    @Override
    public ObjectReader read(ObjectInfo version, long offset, long end) throws StoreException {
        return read(version, offset, end, UploadOwner.NOBODY.account(), admissionWait);
    }

    @Override
    public ObjectReader read(ObjectInfo version, long offset, long end, String account, Duration wait)
            throws StoreException {
        if (offset < 0 || offset > end || end > version.size()) {
            throw new IllegalArgumentException(offset + " to " + end + " is not a range within 0.." + version.size());
        }
        MemorySlot slot = readAhead.admit(account, RangedReader.FIRST_RANGE_BYTES, wait);
        return new RangedReader(client, version, offset, end, slot);
    }

    @Override
    public ReadReservation reserve(String account, Duration wait) throws StoreException {
        return new ReservedReads(client, readAhead.admit(account, RangedReader.FIRST_RANGE_BYTES, wait));
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key, @Nullable String versionId) throws StoreException {
        return heads.head(key, versionId);
    }

    @Override
    public Map<DigestAlgorithm, byte[]> digests(ObjectInfo version) throws StoreException {
        return heads.digests(version);
    }

    @Override
    public PresignedRequest presign(ObjectInfo version, Duration lifetime, @Nullable URI endpoint)
            throws StoreException {
        return signer.presign(version, lifetime, endpoint);
    }

    @Override
    public ObjectWriter write(ObjectKey key, ObjectAttributes attributes, UploadOwner owner, Duration wait)
            throws StoreException {
        MemorySlot slot = parts.admit(owner.account(), sizes.bytes(1), wait);
        MultipartUpload upload = new MultipartUpload(key, attributes, owner, requests, sizes, slot);
        if (owner.resumable()) {
            later.execute(upload::note);
        }
        return upload;
    }

    @Override
    public ObjectWriter change(ObjectInfo base, UploadOwner owner, Duration wait) throws StoreException {
        KeptAttributes kept = copies.attributes(base);
        MemorySlot slot = parts.admit(owner.account(), sizes.bytes(1), wait);
        MultipartUpload upload = MultipartUpload.changing(base.key(), owner, kept, requests, sizes, copyPart, slot);
        if (owner.resumable()) {
            later.execute(upload::note);
        }
        return upload;
    }

    @Override
    public Optional<InterruptedUpload> interrupted(ObjectKey key, String account) throws StoreException {
        return interrupted.interrupted(key, account);
    }

    @Override
    public List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account)
            throws StoreException {
        return interrupted.interruptedBelow(bucket, prefix, account);
    }

    @Override
    public ObjectWriter resume(InterruptedUpload upload, long offset, Duration wait) throws StoreException {
        return interrupted.resume(upload, offset, wait);
    }

    @Override
    public void discard(InterruptedUpload upload) {
        interrupted.discard(upload);
    }

    @Override
    public Optional<StoredVersion> find(UploadJournal.Commit commit) throws StoreException {
        return requests.commits().find(commit);
    }

    @Override
    public void putMarker(ObjectKey key) throws StoreException {
        var _ = requests.commits().put(key, ObjectAttributes.NONE, null, RequestBody.empty(), 0, WriteCondition.ALWAYS);
    }

    @Override
    public ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        return copies.copy(from, to, condition);
    }

    @Override
    public int copiesAtOnce() {
        return maxCopies;
    }

    @Override
    public void delete(List<ObjectKey> keys) throws StoreException {
        deletions.delete(keys);
    }

    @Override
    public List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException {
        return deletions.deleteUnchanged(versions);
    }

    @Override
    public List<PendingUpload> pendingUploads(ObjectKey key) throws StoreException {
        List<PendingUpload> pending = new ArrayList<>();
        MultipartUploadPage.Marker after = null;
        while (true) {
            MultipartUploadPage page = StoreFailures.await(
                    client.listMultipartUploads(new ListMultipartUploadsRequest(key.bucket(), key.key(), after)),
                    "LIST uploads of " + key);
            for (MultipartUploadPage.Entry upload : page.uploads()) {
                if (key.equals(upload.key())) {
                    pending.add(new PendingUpload(key, upload.uploadId(), upload.initiated()));
                }
            }
            after = page.next();
            // The exact key sorts first among the keys with this prefix.
            if (after == null || !key.key().equals(after.key())) {
                return pending;
            }
        }
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        requests.aborts().abortNow(upload.key(), upload.uploadId());
    }

    @Override
    public long largestObject() {
        return sizes.largestObject();
    }

    @Override
    public void check(String bucket) throws StoreException {
        listings.check(bucket);
    }

    /** Waits up to 10 s for aborts in progress, then disconnects. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
                log.warn("Uploads are left for the sweeper: they could not be aborted before the gateway stopped");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.close();
    }
}

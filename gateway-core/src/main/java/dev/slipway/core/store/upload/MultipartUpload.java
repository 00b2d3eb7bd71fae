package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.requests.StoreFailures;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes one object: with a single PUT if it fits in one part, otherwise as a multipart upload. A {@link PartPipeline}
 * sends the parts while later bytes arrive.
 */
public final class MultipartUpload implements ObjectWriter {
    private final ObjectKey key;
    private final UploadRequests requests;
    private final PartSizes sizes;
    private final UploadOwner owner;

    /** The smallest part that the store is asked to copy, if there are that many bytes. */
    private final long copyBytes;

    private final RemoteUpload remote;
    private final PartPipeline pipeline;

    /** Whether anything was written besides bytes of the version. */
    private boolean changed;

    /** Writes a new object. */
    public MultipartUpload(
            ObjectKey key,
            ObjectAttributes attributes,
            UploadOwner owner,
            UploadRequests requests,
            PartSizes sizes,
            MemorySlot slot) {
        this(key, attributes, owner, null, requests, sizes, 0, slot);
    }

    private MultipartUpload(
            ObjectKey key,
            ObjectAttributes attributes,
            UploadOwner owner,
            @Nullable KeptAttributes kept,
            UploadRequests requests,
            PartSizes sizes,
            long copyBytes,
            MemorySlot slot) {
        this.key = key;
        this.owner = owner;
        this.requests = requests;
        this.sizes = sizes;
        this.copyBytes = copyBytes;
        this.remote = new RemoteUpload(key, requests, owner, attributes, kept);
        this.pipeline = new PartPipeline(key, requests, sizes, remote, slot, owner.resumable());
    }

    /**
     * Changes a version.
     *
     * @param owner with the version as its base
     * @param kept the attributes of the version
     * @param copyBytes the smallest part that the store is asked to copy, if there are that many bytes
     */
    public static MultipartUpload changing(
            ObjectKey key,
            UploadOwner owner,
            KeptAttributes kept,
            UploadRequests requests,
            PartSizes sizes,
            long copyBytes,
            MemorySlot slot) {
        return new MultipartUpload(key, ObjectAttributes.NONE, owner, kept, requests, sizes, copyBytes, slot);
    }

    /**
     * Resumes an upload.
     *
     * @param known the upload that the store has, or null if it has none
     * @param parts the parts that are reused
     */
    public static MultipartUpload resumed(
            InterruptedUpload interrupted,
            @Nullable CreatedUpload known,
            StoredParts parts,
            UploadRequests requests,
            PartSizes sizes,
            MemorySlot slot) {
        MultipartUpload resumed = new MultipartUpload(
                interrupted.key(), ObjectAttributes.NONE, interrupted.owner(), requests, sizes, slot);
        resumed.remote.resume(interrupted.id(), known);
        resumed.pipeline.takeOver(parts.parts());
        return resumed;
    }

    /** Records the upload in the journal, if it is resumable and not recorded yet, since it takes longer than most. */
    public void note() {
        pipeline.note();
    }

    @Override
    public void write(ByteBuffer data) throws StoreException {
        changed |= data.hasRemaining();
        pipeline.take(() -> pipeline.write(data));
    }

    @Override
    public void retain(long end) throws StoreException {
        BaseVersion base = owner.base();
        if (base == null || end > base.bytes()) {
            throw new IllegalArgumentException("there are no bytes up to " + end + " to keep");
        }
        if (!changed && end == base.bytes()) {
            remote.appends();
        }
        RetainedBytes kept = new RetainedBytes(key, base, requests, sizes, copyBytes);
        pipeline.take(() -> kept.retain(pipeline, end));
    }

    @Override
    public long size() {
        return pipeline.size();
    }

    @Override
    public Optional<Failure> failure() {
        return pipeline.state().failure().map(StoreException::failure);
    }

    @Override
    public void attributes(ObjectAttributes attributes) {
        remote.attributes(attributes);
    }

    @Override
    public void awaitParts() throws StoreException {
        pipeline.awaitParts();
    }

    @Override
    public StoredVersion complete(WriteCondition condition, @Nullable UploadOrigin origin) throws StoreException {
        pipeline.awaitParts();
        PartPipeline.Completion completion = pipeline.complete();
        RequestBody body = RequestBody.of(completion.last().chunks());
        boolean stored = false;
        try {
            StoredVersion version = store(completion, body, condition, origin);
            stored = true;
            return version;
        } finally {
            pipeline.completed(completion, stored, stored && body.wasReadOnce());
        }
    }

    private StoredVersion store(
            PartPipeline.Completion completion,
            RequestBody body,
            WriteCondition condition,
            @Nullable UploadOrigin origin)
            throws StoreException {
        Optional<CompletableFuture<CreatedUpload>> created = remote.created();
        return created.isPresent()
                ? requests.commits()
                        .complete(
                                key,
                                created.get().join(),
                                completion.parts(),
                                completion.bytes(),
                                completion.crc(),
                                condition,
                                origin)
                : requests.commits()
                        .put(
                                key,
                                remote.attributes(),
                                remote.kept(),
                                body,
                                completion.last().crc(),
                                condition,
                                remote.row(),
                                origin);
    }

    @Override
    public void close() {
        pipeline.abort();
    }

    @Override
    public void suspend(@Nullable Instant modified) throws StoreException {
        if (!isResumable()) {
            close();
            return;
        }
        // If the store has none of the new bytes, the existing version says all that is needed to resume.
        BaseVersion base = owner.base();
        if (!pipeline.suspend(bytes -> base == null || bytes > base.bytes())) {
            return;
        }
        Optional<CompletableFuture<CreatedUpload>> created = remote.created();
        CompletableFuture<String> row = remote.noted();
        try {
            String id = created.isPresent() && created.get().isCompletedExceptionally()
                    // The sweeper uses that row to find out what became of the upload.
                    ? requests.note(key, owner).join()
                    : row.join();
            requests.suspend(id, pipeline.keptBytes(), modified);
        } catch (CompletionException e) {
            throw StoreFailures.of(e, "the journal of " + key);
        }
    }

    @Override
    public boolean isResumable() {
        return remote.isResumable();
    }

    @Override
    public long keptBytes() {
        return pipeline.keptBytes();
    }
}

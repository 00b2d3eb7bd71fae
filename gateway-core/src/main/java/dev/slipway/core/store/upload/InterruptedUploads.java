package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadJournal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Interrupted uploads: what the store has of them, and how their accounts resume them. */
public final class InterruptedUploads {
    private final S3Operations client;
    private final UploadJournal journal;
    private final UploadRequests requests;
    private final PartPool parts;
    private final PartSizes sizes;

    /**
     * Makes no request.
     *
     * @param parts memory for resumed uploads
     */
    public InterruptedUploads(
            S3Operations client, UploadJournal journal, UploadRequests requests, PartPool parts, PartSizes sizes) {
        this.client = client;
        this.journal = journal;
        this.requests = requests;
        this.parts = parts;
        this.sizes = sizes;
    }

    /** See {@link ObjectStore#interrupted}. */
    public Optional<InterruptedUpload> interrupted(ObjectKey key, String account) throws StoreException {
        Optional<InterruptedUpload> found = journal.interrupted(key, account);
        return found.isEmpty() ? found : measured(found.get());
    }

    /** See {@link ObjectStore#interruptedBelow}. */
    public List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account)
            throws StoreException {
        List<InterruptedUpload> uploads = new ArrayList<>();
        for (InterruptedUpload upload : journal.interruptedBelow(bucket, prefix, account)) {
            measured(upload).ifPresent(uploads::add);
        }
        return uploads;
    }

    /**
     * Asks the store what it has of an upload that a killed gateway left behind. Returns empty if the upload was
     * completed. If it changed a version and the store has none of the new bytes, it is discarded: clients continue
     * after the existing version instead.
     */
    private Optional<InterruptedUpload> measured(InterruptedUpload upload) throws StoreException {
        if (upload.bytes() != InterruptedUpload.UNKNOWN) {
            return Optional.of(upload);
        }
        InterruptedUpload measured = upload.withNothing();
        if (!upload.uploadId().isEmpty()) {
            try {
                measured = upload.withBytes(storedParts(upload).bytesSurelyNotAll());
            } catch (StoreException e) {
                requireGone(e);
            }
        }
        if (measured.bytes() == 0) {
            if (isCompleted(upload)) {
                return Optional.empty();
            }
        }
        if (isNothingAdded(upload, measured.bytes())) {
            discard(upload);
            return Optional.empty();
        }
        journal.measured(measured);
        return Optional.of(measured);
    }

    /** Whether the store has completed an upload; if it has, ends it. */
    private boolean isCompleted(InterruptedUpload upload) throws StoreException {
        Optional<UploadJournal.Commit> commit = journal.completion(upload.id());
        if (commit.isEmpty()) {
            return false;
        }
        Optional<StoredVersion> version = requests.commits().find(commit.get());
        if (version.isPresent() && journal.found(commit.get(), version.get())) {
            journal.ended(upload.id());
        }
        return version.isPresent();
    }

    private static boolean isNothingAdded(InterruptedUpload upload, long bytes) {
        BaseVersion base = upload.owner().base();
        return base != null && bytes <= base.bytes();
    }

    private StoredParts storedParts(InterruptedUpload upload) throws StoreException {
        return StoredParts.of(client, upload.key(), upload.uploadId(), sizes, journal.partChecksums(upload.id()));
    }

    private static void requireGone(StoreException e) throws StoreException {
        if (e.failure() != Failure.NOT_FOUND) {
            throw e;
        }
    }

    /** See {@link ObjectStore#resume}. */
    public ObjectWriter resume(InterruptedUpload upload, long offset, Duration wait) throws StoreException {
        StoredParts kept = new StoredParts(List.of(), false, false);
        CreatedUpload known = null;
        if (!upload.uploadId().isEmpty()) {
            try {
                kept = storedParts(upload);
                known = new CreatedUpload(
                        upload.uploadId(),
                        upload.id(),
                        kept.wholeObjectChecksum(),
                        upload.owner().base() != null);
            } catch (StoreException e) {
                requireGone(e);
            }
            if (isNothingAdded(upload, kept.bytes())) {
                discard(upload);
                throw new StoreException(
                        Failure.CONFLICT, "the store has lost the bytes that were appended to " + upload.key());
            }
            if (kept.bytes() < upload.bytes()) {
                journal.measured(kept.parts().isEmpty() ? upload.withNothing() : upload.withBytes(kept.bytes()));
                throw new StoreException(
                        Failure.CONFLICT,
                        "the store has only " + kept.bytes() + " of the " + upload.bytes() + " bytes of the upload of "
                                + upload.key());
            }
        }
        BaseVersion base = upload.owner().base();
        boolean within = base != null && offset < base.bytes();
        StoredParts before = offset > upload.bytes() || within ? null : kept.before(offset);
        if (before == null) {
            throw new StoreException(
                    Failure.UNSUPPORTED,
                    "no part of the upload of " + upload.key() + " ends at " + offset + "; it has " + upload.bytes());
        }
        MemorySlot slot =
                parts.admit(upload.owner().account(), sizes.bytes(before.parts().size() + 1), wait);
        boolean taken = false;
        try {
            // Not reused: if this gateway is killed, later parts of the earlier attempt could be mistaken for parts of
            // this one.
            taken = journal.resumed(
                    upload.id(), before.parts().size(), before.hasOthers() ? offset : InterruptedUpload.UNKNOWN);
        } finally {
            if (!taken) {
                slot.close();
            }
        }
        if (!taken) {
            throw new StoreException(Failure.CONFLICT, "somebody else has resumed the upload of " + upload.key());
        }
        return MultipartUpload.resumed(upload, known, before, requests, sizes, slot);
    }

    /** See {@link ObjectStore#discard}. */
    public void discard(InterruptedUpload upload) {
        if (!journal.discarded(upload.id())) {
            return;
        }
        if (upload.uploadId().isEmpty()) {
            if (journal.aborting(upload.id())) {
                journal.ended(upload.id());
            }
        } else {
            requests.aborts().abort(upload.key(), new CreatedUpload(upload.uploadId(), upload.id(), false, false));
        }
    }
}

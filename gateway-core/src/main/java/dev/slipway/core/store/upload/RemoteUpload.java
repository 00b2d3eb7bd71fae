package dev.slipway.core.store.upload;

import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.UploadOwner;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the journal and the store know about an upload. Thread-safe. */
final class RemoteUpload {
    private static final Logger log = LoggerFactory.getLogger(RemoteUpload.class);

    private final ObjectKey key;
    private final UploadRequests requests;
    private final UploadOwner owner;

    /** The attributes of the version that this changes; null if it changes none, or the store already has them. */
    private final @Nullable KeptAttributes kept;

    private ObjectAttributes attributes;

    /** Whether this retains all of the version that it changes first, so that new bytes follow its end. */
    private boolean appends;

    private Known known = new Known.Nothing();

    /** Who knows about the upload. The futures complete in the background. */
    private sealed interface Known {
        /** Neither, or no longer. */
        record Nothing() implements Known {}

        /** The journal. */
        record Noted(CompletableFuture<String> row) implements Known {}

        /** The journal and the store. */
        record Created(CompletableFuture<String> row, CompletableFuture<CreatedUpload> upload) implements Known {}
    }

    RemoteUpload(
            ObjectKey key,
            UploadRequests requests,
            UploadOwner owner,
            ObjectAttributes attributes,
            @Nullable KeptAttributes kept) {
        this.key = key;
        this.requests = requests;
        this.owner = owner;
        this.attributes = attributes;
        this.kept = kept;
        BaseVersion base = owner.base();
        this.appends = base == null || base.bytes() == 0;
    }

    /**
     * Resumes an upload.
     *
     * @param row its row in the journal
     * @param upload the upload at the store; null if the store has nothing of it
     */
    synchronized void resume(String row, @Nullable CreatedUpload upload) {
        CompletableFuture<String> noted = CompletableFuture.completedFuture(row);
        known = upload == null
                ? new Known.Noted(noted)
                : new Known.Created(noted, CompletableFuture.completedFuture(upload));
        appends = true;
    }

    /** New bytes follow the end of the version that is changed. */
    synchronized void appends() {
        appends = true;
    }

    /** Whether its owner could resume it. */
    synchronized boolean isResumable() {
        return owner.resumable() && appends;
    }

    /** Records the upload in the journal, if it is resumable and not recorded yet. */
    synchronized void noteResumable() {
        if (isResumable() && known instanceof Known.Nothing) {
            var _ = noted();
        }
    }

    /** The row in the journal, if there is one. */
    synchronized Optional<CompletableFuture<String>> row() {
        return switch (known) {
            case Known.Nothing _ -> Optional.empty();
            case Known.Noted noted -> Optional.of(noted.row());
            case Known.Created created -> Optional.of(created.row());
        };
    }

    /** The upload at the store, if its creation was requested. */
    synchronized Optional<CompletableFuture<CreatedUpload>> created() {
        return known instanceof Known.Created created ? Optional.of(created.upload()) : Optional.empty();
    }

    /** The row in the journal; created if necessary. */
    synchronized CompletableFuture<String> noted() {
        return row().orElseGet(() -> {
            CompletableFuture<String> row = requests.note(key, isResumable() ? owner : owner.withoutResume());
            known = new Known.Noted(row);
            return row;
        });
    }

    /** The upload at the store; created if necessary. */
    synchronized CompletableFuture<CreatedUpload> create() {
        return created().orElseGet(() -> {
            CompletableFuture<String> row = noted();
            CompletableFuture<CreatedUpload> upload = requests.create(key, attributes, kept, row);
            known = new Known.Created(row, upload);
            return upload;
        });
    }

    /** Replaces the attributes, unless the store already has them. */
    synchronized void attributes(ObjectAttributes other) {
        if (created().isEmpty()) {
            attributes = other;
        }
    }

    synchronized ObjectAttributes attributes() {
        return attributes;
    }

    @Nullable
    KeptAttributes kept() {
        return kept;
    }

    /** The upload was completed or given up: neither journal nor store know it any more. */
    synchronized void forget() {
        known = new Known.Nothing();
    }

    /** Aborts the upload and removes its row, in the background. */
    synchronized void giveUp() {
        switch (known) {
            case Known.Nothing _ -> {}
            case Known.Noted noted -> requests.forgetLater(noted.row());
            case Known.Created created -> {
                var _ = created.upload().whenComplete((upload, thrown) -> {
                    if (upload != null) {
                        requests.aborts().abort(key, upload);
                    } else {
                        log.debug("No multipart upload of {} to abort: it was never created", key, thrown);
                    }
                });
            }
        }
        forget();
    }
}

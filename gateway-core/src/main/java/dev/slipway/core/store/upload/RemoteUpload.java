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

/** What the journal and the store know of an upload. Safe for use by several threads. */
final class RemoteUpload {
    private static final Logger log = LoggerFactory.getLogger(RemoteUpload.class);

    private final ObjectKey key;
    private final UploadRequests requests;
    private final UploadOwner owner;

    /** How the version is stored that this changes; null where it changes none, or the store has been told already. */
    private final @Nullable KeptAttributes kept;

    private ObjectAttributes attributes;

    /** Whether all of the version that this changes comes first, so that what is written is behind its end. */
    private boolean appends;

    private Known known = new Known.Nothing();

    /** Who knows of the upload. The futures end in the background. */
    private sealed interface Known {
        /** Nobody, or nobody any more. */
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
     * Goes on with one.
     *
     * @param row its row in the journal
     * @param upload what the store knows it as; null if it has nothing of it
     */
    synchronized void resume(String row, @Nullable CreatedUpload upload) {
        CompletableFuture<String> noted = CompletableFuture.completedFuture(row);
        known = upload == null
                ? new Known.Noted(noted)
                : new Known.Created(noted, CompletableFuture.completedFuture(upload));
        appends = true;
    }

    /** What is written lies behind the end of the version that is changed. */
    synchronized void appends() {
        appends = true;
    }

    /** Whether its owner could go on with it. */
    synchronized boolean isResumable() {
        return owner.resumable() && appends;
    }

    /** Has the journal note it, if it can be gone on with and is not noted yet. */
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

    /** The upload at the store, if it was asked for one. */
    synchronized Optional<CompletableFuture<CreatedUpload>> created() {
        return known instanceof Known.Created created ? Optional.of(created.upload()) : Optional.empty();
    }

    /** The row in the journal; made if there is none. */
    synchronized CompletableFuture<String> noted() {
        return row().orElseGet(() -> {
            CompletableFuture<String> row = requests.note(key, isResumable() ? owner : owner.withoutResume());
            known = new Known.Noted(row);
            return row;
        });
    }

    /** The upload at the store; created if there is none. */
    synchronized CompletableFuture<CreatedUpload> create() {
        return created().orElseGet(() -> {
            CompletableFuture<String> row = noted();
            CompletableFuture<CreatedUpload> upload = requests.create(key, attributes, kept, row);
            known = new Known.Created(row, upload);
            return upload;
        });
    }

    /** Replaces the attributes, as long as the store was not told any. */
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

    /** It is an object now, or was given up: nobody knows of it any more. */
    synchronized void forget() {
        known = new Known.Nothing();
    }

    /** Has it aborted and forgotten, in the background. */
    synchronized void giveUp() {
        switch (known) {
            case Known.Nothing _ -> {}
            case Known.Noted noted -> requests.forgetLater(noted.row());
            case Known.Created created -> {
                var _ = created.upload().whenComplete((upload, thrown) -> {
                    if (upload != null) {
                        requests.abort(key, upload);
                    } else {
                        log.debug("No multipart upload of {} to abort: it was never created", key, thrown);
                    }
                });
            }
        }
        forget();
    }
}

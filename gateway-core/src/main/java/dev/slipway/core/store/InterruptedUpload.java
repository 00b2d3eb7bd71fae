package dev.slipway.core.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An interrupted upload that its account can resume.
 *
 * @param id its row in the journal
 * @param key the object that it would become
 * @param owner the account that began it
 * @param uploadId the store's upload id; empty if the store has nothing of it
 * @param bytes the restart offset: at most the bytes that the store has from the first one on without a gap, and less
 *     than the client had sent, so that no client takes it for the complete file. Negative if the store has not been
 *     asked yet
 * @param modified the time that was set for the file, or null
 * @param since when it was interrupted
 */
public record InterruptedUpload(
        String id,
        ObjectKey key,
        UploadOwner owner,
        String uploadId,
        long bytes,
        @Nullable Instant modified,
        Instant since) {
    /** The store has not been asked yet. */
    public static final long UNKNOWN = -1;

    /** The same upload with a known restart offset. */
    public InterruptedUpload withBytes(long known) {
        return new InterruptedUpload(id, key, owner, uploadId, known, modified, since);
    }

    /** The same upload, of which the store has nothing. */
    public InterruptedUpload withNothing() {
        return new InterruptedUpload(id, key, owner, "", 0, modified, since);
    }
}

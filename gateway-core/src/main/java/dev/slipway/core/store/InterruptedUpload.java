package dev.slipway.core.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An upload that was cut off and that its account can go on with.
 *
 * @param id its row in the journal
 * @param key the object that it would become
 * @param owner who began it
 * @param uploadId the store's name for it; empty if the store has nothing of it
 * @param bytes what the store has of it from the first byte on without a gap, at most; less than the client had sent, so
 *     that no client takes it for the whole file. Negative if the store has yet to be asked
 * @param modified the time that was set for the file, or null
 * @param since when it was cut off
 */
public record InterruptedUpload(
        String id,
        ObjectKey key,
        UploadOwner owner,
        String uploadId,
        long bytes,
        @Nullable Instant modified,
        Instant since) {
    /** The store has yet to be asked. */
    public static final long UNKNOWN = -1;

    /** The same with its bytes known. */
    public InterruptedUpload withBytes(long known) {
        return new InterruptedUpload(id, key, owner, uploadId, known, modified, since);
    }

    /** The same, of which the store has nothing. */
    public InterruptedUpload withNothing() {
        return new InterruptedUpload(id, key, owner, "", 0, modified, since);
    }
}

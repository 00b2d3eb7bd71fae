package dev.slipway.core.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A multipart upload that was started and not yet completed or aborted.
 *
 * @param key the object that it would become
 * @param uploadId the store's upload id
 * @param initiated when it was started, by the store's clock; null if not known
 */
public record PendingUpload(
        ObjectKey key, String uploadId, @Nullable Instant initiated) {}

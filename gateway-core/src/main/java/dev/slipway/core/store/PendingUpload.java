package dev.slipway.core.store;

/**
 * A multipart upload that was started and not yet completed or aborted.
 *
 * @param key the object that it would become
 * @param uploadId the store's name for it
 */
public record PendingUpload(ObjectKey key, String uploadId) {}

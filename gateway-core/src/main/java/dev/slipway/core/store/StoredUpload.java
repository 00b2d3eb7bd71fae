package dev.slipway.core.store;

import java.time.Instant;

/**
 * An upload that the store has completed.
 *
 * @param id identifies the upload: the same whoever finds out that it was completed
 * @param at when the store was asked to complete it
 * @param bytes the size of the object
 */
public record StoredUpload(
        String id, Instant at, UploadOrigin origin, ObjectKey key, StoredVersion version, long bytes) {}

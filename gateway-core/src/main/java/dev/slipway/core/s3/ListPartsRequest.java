package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;

/**
 * A request for the parts of a multipart upload.
 *
 * @param after only parts with higher numbers; 0 for all
 * @param limit the most parts, 1 to 1000
 */
public record ListPartsRequest(ObjectKey key, String uploadId, int after, int limit) {}

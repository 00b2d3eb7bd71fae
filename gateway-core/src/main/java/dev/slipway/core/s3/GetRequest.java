package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * Asks for bytes of an object.
 *
 * @param versionId the store's id of the version; null for the newest one
 * @param ifMatch the entity tag that it must have, quotes included; null for any
 * @param range which bytes; null for all
 */
public record GetRequest(
        ObjectKey key,
        @Nullable String versionId,
        @Nullable String ifMatch,
        @Nullable ByteRange range) {
    /** All bytes of the newest version. */
    public static GetRequest of(ObjectKey key) {
        return new GetRequest(key, null, null, null);
    }

    /** A version by its id. */
    public GetRequest withVersion(@Nullable String id) {
        return new GetRequest(key, id, ifMatch, range);
    }

    /** Only if it has this entity tag. */
    public GetRequest withMatch(@Nullable String etag) {
        return new GetRequest(key, versionId, etag, range);
    }

    /** Only these bytes: {@link S3Error#INVALID_RANGE} if the object ends before the first of them. */
    public GetRequest withRange(ByteRange bytes) {
        return new GetRequest(key, versionId, ifMatch, bytes);
    }
}

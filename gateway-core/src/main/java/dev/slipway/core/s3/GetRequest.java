package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * A request for the bytes of an object.
 *
 * @param versionId the store's version id; null for the newest version
 * @param ifMatch the ETag that it must have, quotes included; null for any
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

    /** The same request for a version by its id. */
    public GetRequest withVersion(@Nullable String id) {
        return new GetRequest(key, id, ifMatch, range);
    }

    /** The same request, only if the object has this ETag. */
    public GetRequest withMatch(@Nullable String etag) {
        return new GetRequest(key, versionId, etag, range);
    }

    /** The same request for a range: {@link S3Error#INVALID_RANGE} if the object ends before it. */
    public GetRequest withRange(ByteRange bytes) {
        return new GetRequest(key, versionId, ifMatch, bytes);
    }
}

package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * A request for the attributes of an object.
 *
 * @param versionId the store's version id; null for the newest version
 * @param ifMatch the ETag that it must have, quotes included; null for any
 * @param checksums whether the answer should include {@link ObjectHead#checksums()}
 */
public record HeadRequest(
        ObjectKey key, @Nullable String versionId, @Nullable String ifMatch, boolean checksums) {
    /** The newest version, without its checksums. */
    public static HeadRequest of(ObjectKey key) {
        return new HeadRequest(key, null, null, false);
    }

    /** The same request for a version by its id. */
    public HeadRequest withVersion(@Nullable String id) {
        return new HeadRequest(key, id, ifMatch, checksums);
    }

    /** The same request, only if the object has this ETag. */
    public HeadRequest withMatch(@Nullable String etag) {
        return new HeadRequest(key, versionId, etag, checksums);
    }

    /** The same request with or without checksums. */
    public HeadRequest withChecksums(boolean wanted) {
        return new HeadRequest(key, versionId, ifMatch, wanted);
    }
}

package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * Asks for what a store says of an object.
 *
 * @param versionId the store's id of the version; null for the newest one
 * @param ifMatch the entity tag that it must have, quotes included; null for any
 * @param checksums whether the answer shall have {@link ObjectHead#checksums()}
 */
public record HeadRequest(
        ObjectKey key, @Nullable String versionId, @Nullable String ifMatch, boolean checksums) {
    /** The newest version, without its checksums. */
    public static HeadRequest of(ObjectKey key) {
        return new HeadRequest(key, null, null, false);
    }

    /** A version by its id. */
    public HeadRequest withVersion(@Nullable String id) {
        return new HeadRequest(key, id, ifMatch, checksums);
    }

    /** Only if it has this entity tag. */
    public HeadRequest withMatch(@Nullable String etag) {
        return new HeadRequest(key, versionId, etag, checksums);
    }

    /** With or without checksums. */
    public HeadRequest withChecksums(boolean wanted) {
        return new HeadRequest(key, versionId, ifMatch, wanted);
    }
}

package dev.slipway.core.s3;

import dev.slipway.core.s3.ObjectDescription.ServerSideEncryption;
import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * Asks to copy an object.
 *
 * @param ifMatch the entity tag that the source must have; null for any
 * @param condition on the target; many stores refuse one
 * @param storageClass of the target; null for the usual one
 * @param encryption of the target
 */
public record CopyRequest(
        ObjectKey from,
        @Nullable String ifMatch,
        ObjectKey to,
        Precondition condition,
        @Nullable String storageClass,
        ServerSideEncryption encryption) {
    /** A copy without conditions. */
    public static CopyRequest of(ObjectKey from, ObjectKey to) {
        return new CopyRequest(from, null, to, Precondition.NONE, null, ServerSideEncryption.UNSPECIFIED);
    }

    /** Only if the source has this entity tag. */
    public CopyRequest withMatch(@Nullable String etag) {
        return new CopyRequest(from, etag, to, condition, storageClass, encryption);
    }

    /** The same with a condition on the target. */
    public CopyRequest withCondition(Precondition other) {
        return new CopyRequest(from, ifMatch, to, other, storageClass, encryption);
    }

    /** The same stored in another way. */
    public CopyRequest withStorage(@Nullable String otherClass, ServerSideEncryption otherEncryption) {
        return new CopyRequest(from, ifMatch, to, condition, otherClass, otherEncryption);
    }
}

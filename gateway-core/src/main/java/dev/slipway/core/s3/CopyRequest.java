package dev.slipway.core.s3;

import dev.slipway.core.s3.ObjectDescription.ServerSideEncryption;
import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * A request to copy an object.
 *
 * @param ifMatch the ETag that the source must have; null for any
 * @param condition a condition on the target; many stores refuse one
 * @param storageClass the class of the target; null for the default
 * @param encryption the encryption of the target
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

    /** The same copy, only if the source has this ETag. */
    public CopyRequest withMatch(@Nullable String etag) {
        return new CopyRequest(from, etag, to, condition, storageClass, encryption);
    }

    /** The same copy with a condition on the target. */
    public CopyRequest withCondition(Precondition other) {
        return new CopyRequest(from, ifMatch, to, other, storageClass, encryption);
    }

    /** The same copy with another storage class and encryption. */
    public CopyRequest withStorage(@Nullable String otherClass, ServerSideEncryption otherEncryption) {
        return new CopyRequest(from, ifMatch, to, condition, otherClass, otherEncryption);
    }
}

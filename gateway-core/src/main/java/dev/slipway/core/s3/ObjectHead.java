package dev.slipway.core.s3;

import java.time.Instant;

/**
 * What a store says of one version of an object.
 *
 * @param size bytes of the whole object, also where a range of it was asked for; {@link #UNKNOWN} if a range's answer does
 *     not say
 * @param etag the entity tag, quotes included; empty where the store gave none
 * @param lastModified when it was written, by the store's clock
 * @param description what is stored with it, without its tags
 * @param checksums what was asked for of them
 * @param customerKey whether it is encrypted with a key that the store does not keep
 */
public record ObjectHead(
        long size,
        String etag,
        Instant lastModified,
        ObjectDescription description,
        ObjectChecksums checksums,
        boolean customerKey) {
    /** A size that the store did not tell. */
    public static final long UNKNOWN = -1;
}

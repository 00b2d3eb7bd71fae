package dev.slipway.core.s3;

import java.time.Instant;

/**
 * What a store reports about one version of an object.
 *
 * @param size bytes of the whole object, even if a range was requested; {@link #UNKNOWN} if the answer to a range does
 *     not say
 * @param etag the ETag, quotes included; empty if the store returned none
 * @param lastModified when it was written, by the store's clock
 * @param description what is stored with it, without its tags
 * @param checksums the requested checksums
 * @param customerKey whether it is encrypted with a key that the store does not keep
 */
public record ObjectHead(
        long size,
        String etag,
        Instant lastModified,
        ObjectDescription description,
        ObjectChecksums checksums,
        boolean customerKey) {
    /** A size that the store did not report. */
    public static final long UNKNOWN = -1;
}

package dev.slipway.core.s3;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to delete several objects.
 *
 * @param targets 1 to 1000
 * @param digest what protects the request: S3 requires one of them, and stores differ in which they support
 */
public record DeleteManyRequest(String bucket, List<Target> targets, Digest digest) {
    /**
     * An object to delete.
     *
     * @param ifMatch the ETag of the only version to delete; null for any. Many stores ignore it
     */
    public record Target(String key, @Nullable String ifMatch) {}

    /** What protects the request. */
    public enum Digest {
        /** A header of the family {@code x-amz-checksum}. */
        CHECKSUM,
        /** {@code Content-MD5}, which older stores require. */
        MD5
    }

    public DeleteManyRequest {
        targets = List.copyOf(targets);
    }
}

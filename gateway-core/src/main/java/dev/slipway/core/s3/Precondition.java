package dev.slipway.core.s3;

/** A condition on a key for a request to take effect; otherwise it fails as {@link S3Error#PRECONDITION_FAILED}. */
public sealed interface Precondition {
    /** No condition. */
    record None() implements Precondition {}

    /** The key has no object ({@code If-None-Match: *}). */
    record IfAbsent() implements Precondition {}

    /**
     * The newest version has this ETag ({@code If-Match}).
     *
     * @param etag quotes included; not empty
     */
    record IfMatch(String etag) implements Precondition {
        public IfMatch {
            if (etag.isEmpty()) {
                throw new IllegalArgumentException("a condition needs an ETag to compare with");
            }
        }
    }

    /** The shared instance of {@link None}. */
    Precondition NONE = new None();

    /** The shared instance of {@link IfAbsent}. */
    Precondition IF_ABSENT = new IfAbsent();
}

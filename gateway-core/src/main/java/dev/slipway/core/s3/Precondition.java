package dev.slipway.core.s3;

/** What must hold of a key for a request to take effect; {@link S3Error#PRECONDITION_FAILED} if it does not. */
public sealed interface Precondition {
    /** Nothing. */
    record None() implements Precondition {}

    /** The key has no object ({@code If-None-Match: *}). */
    record IfAbsent() implements Precondition {}

    /**
     * The newest version has this entity tag ({@code If-Match}).
     *
     * @param etag quotes included; not empty
     */
    record IfMatch(String etag) implements Precondition {
        public IfMatch {
            if (etag.isEmpty()) {
                throw new IllegalArgumentException("without an entity tag there is nothing to compare with");
            }
        }
    }

    /** The one instance of {@link None} that anybody needs. */
    Precondition NONE = new None();

    /** The one instance of {@link IfAbsent} that anybody needs. */
    Precondition IF_ABSENT = new IfAbsent();
}

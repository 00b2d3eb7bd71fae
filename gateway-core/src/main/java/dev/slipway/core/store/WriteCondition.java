package dev.slipway.core.store;

/**
 * What must hold of the key for a write to take effect. Where the store has no conditional writes, the condition is
 * checked just before the write and the caller's path lock is what guards it.
 */
public sealed interface WriteCondition {
    /** Replace whatever is there. */
    record Always() implements WriteCondition {}

    /** Write only if the key has no object. */
    record IfAbsent() implements WriteCondition {}

    /**
     * Write only if the key has no object, of which the caller has just assured itself: beyond that, the store's own
     * condition is relied on, where it has one.
     */
    record StillAbsent() implements WriteCondition {}

    /**
     * Write only over this version.
     *
     * @param etag the entity tag, quotes included
     */
    record IfMatch(String etag) implements WriteCondition {}

    /** The one instance of {@link Always} that anybody needs. */
    WriteCondition ALWAYS = new Always();

    /** The one instance of {@link StillAbsent} that anybody needs. */
    WriteCondition STILL_ABSENT = new StillAbsent();

    /** The one instance of {@link IfAbsent} that anybody needs. */
    WriteCondition IF_ABSENT = new IfAbsent();
}

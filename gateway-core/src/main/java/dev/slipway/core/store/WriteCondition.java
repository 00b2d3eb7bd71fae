package dev.slipway.core.store;

/**
 * What must hold for a write to take effect. If the store has no conditional writes, the gateway checks the condition
 * just before the write, and the caller's path lock guards the time in between.
 */
public sealed interface WriteCondition {
    /** Replace any existing object. */
    record Always() implements WriteCondition {}

    /** Write only if the key has no object. */
    record IfAbsent() implements WriteCondition {}

    /**
     * Write only if the key has no object, which the caller has just checked: the gateway does not check again, but
     * relies on the store's own condition, if it has one.
     */
    record StillAbsent() implements WriteCondition {}

    /**
     * Replace only this version.
     *
     * @param etag the ETag, quotes included
     */
    record IfMatch(String etag) implements WriteCondition {}

    /** The shared instance of {@link Always}. */
    WriteCondition ALWAYS = new Always();

    /** The shared instance of {@link StillAbsent}. */
    WriteCondition STILL_ABSENT = new StillAbsent();

    /** The shared instance of {@link IfAbsent}. */
    WriteCondition IF_ABSENT = new IfAbsent();
}

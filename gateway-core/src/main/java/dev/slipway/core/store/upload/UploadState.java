package dev.slipway.core.store.upload;

import dev.slipway.core.store.StoreException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of an upload.
 *
 * <pre>
 *   Open ──► Completing ──► Stored
 *    │  │        └──► Incomplete ──┐
 *    │  └──► Broken ───────────────┤
 *    └─────────────────────────────┼──► Ending ──► Interrupted
 *                                  │       └──► Aborted
 *                                  └──► Aborted
 * </pre>
 */
sealed interface UploadState {
    /** Takes bytes. */
    record Open() implements UploadState {}

    /** Bytes were lost: the upload takes no more and can no longer be completed. */
    record Broken(StoreException cause) implements UploadState {}

    /** The store is asked to complete the object. */
    record Completing() implements UploadState {}

    /** The store has not completed the object, or not confirmed it; the writer has yet to be suspended or closed. */
    record Incomplete() implements UploadState {}

    /**
     * Takes no more bytes. Requests in flight may still arrive; their parts are kept.
     *
     * @param cause why parts that have not arrived are useless, or null
     */
    record Ending(@Nullable StoreException cause) implements UploadState {}

    /** The object exists. */
    record Stored() implements UploadState {}

    /** Its account can resume it. */
    record Interrupted() implements UploadState {}

    /** Nothing is kept. */
    record Aborted(@Nullable StoreException cause) implements UploadState {}

    /** Whether this state may change to another. */
    default boolean canBecome(UploadState next) {
        return switch (this) {
            case Open _ ->
                next instanceof Broken
                        || next instanceof Completing
                        || next instanceof Ending
                        || next instanceof Aborted;
            case Broken _, Incomplete _ -> next instanceof Ending || next instanceof Aborted;
            case Completing _ -> next instanceof Stored || next instanceof Incomplete;
            case Ending _ -> next instanceof Interrupted || next instanceof Aborted || next instanceof Ending;
            case Stored _, Interrupted _, Aborted _ -> false;
        };
    }

    /** Whether it takes bytes, or would if none had been lost. */
    default boolean isUnderWay() {
        return this instanceof Open || this instanceof Broken || this instanceof Incomplete;
    }

    /** Whether pending copies are no longer needed. */
    default boolean isOver() {
        return switch (this) {
            case Open _, Completing _, Incomplete _, Interrupted _ -> false;
            case Ending ending -> ending.cause() != null;
            case Broken _, Stored _, Aborted _ -> true;
        };
    }

    /** Why it can no longer be completed, if bytes were lost. */
    default Optional<StoreException> failure() {
        return switch (this) {
            case Broken broken -> Optional.of(broken.cause());
            case Ending ending -> Optional.ofNullable(ending.cause());
            case Aborted aborted -> Optional.ofNullable(aborted.cause());
            case Open _, Completing _, Incomplete _, Stored _, Interrupted _ -> Optional.empty();
        };
    }
}

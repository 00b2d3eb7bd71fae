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
 *    └─────────────────────────────┼──► Ending ──► Suspended
 *                                  │       └──► Aborted
 *                                  └──► Aborted
 * </pre>
 */
sealed interface UploadState {
    /** Takes bytes. */
    record Open() implements UploadState {}

    /** Bytes were lost: it cannot be completed any more, and takes none. */
    record Broken(StoreException cause) implements UploadState {}

    /** The store is asked to make the object. */
    record Completing() implements UploadState {}

    /** The store has not made the object, or not said so, and nobody has said yet what is to become of the upload. */
    record Incomplete() implements UploadState {}

    /**
     * Takes nothing more. What is on its way to the store may still arrive, and is kept.
     *
     * @param cause why parts that are not there yet are of no use, or null
     */
    record Ending(@Nullable StoreException cause) implements UploadState {}

    /** The object is there. */
    record Stored() implements UploadState {}

    /** Its account can go on with it. */
    record Suspended() implements UploadState {}

    /** Nothing of it is kept. */
    record Aborted(@Nullable StoreException cause) implements UploadState {}

    /** Whether an upload in this state may come to be in another one. */
    default boolean canBecome(UploadState next) {
        return switch (this) {
            case Open _ ->
                next instanceof Broken
                        || next instanceof Completing
                        || next instanceof Ending
                        || next instanceof Aborted;
            case Broken _, Incomplete _ -> next instanceof Ending || next instanceof Aborted;
            case Completing _ -> next instanceof Stored || next instanceof Incomplete;
            case Ending _ -> next instanceof Suspended || next instanceof Aborted || next instanceof Ending;
            case Stored _, Suspended _, Aborted _ -> false;
        };
    }

    /** Whether it takes bytes, or would if none had been lost. */
    default boolean isUnderWay() {
        return this instanceof Open || this instanceof Broken || this instanceof Incomplete;
    }

    /** Whether copies that have yet to be made are of no use any more. */
    default boolean isOver() {
        return switch (this) {
            case Open _, Completing _, Incomplete _, Suspended _ -> false;
            case Ending ending -> ending.cause() != null;
            case Broken _, Stored _, Aborted _ -> true;
        };
    }

    /** Why it cannot be completed any more, if bytes were lost. */
    default Optional<StoreException> failure() {
        return switch (this) {
            case Broken broken -> Optional.of(broken.cause());
            case Ending ending -> Optional.ofNullable(ending.cause());
            case Aborted aborted -> Optional.ofNullable(aborted.cause());
            case Open _, Completing _, Incomplete _, Stored _, Suspended _ -> Optional.empty();
        };
    }
}
